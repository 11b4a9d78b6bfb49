// Uploads on a directory: one growing file in a folder of its own, which is renamed into its place when it is whole.
import { randomUUID } from 'node:crypto';
import { constants, copyFile, rm, stat, truncate, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BufferPool } from '../../domain/flow/buffer-pool.ts';
import type { ByteStream } from '../../domain/flow/stream.ts';
import type { AppendOptions, AppendOutcome, UploadedBytes, UploadStore } from '../../domain/uploads/upload-store.ts';
import { attempt, storeFailure } from '../store-failure.ts';
import { appendToFile, type FileToAppend } from './append.ts';
import { isBlockAligned, openToAppend } from './direct-io.ts';
import { closeFile, openFile, syncFile, syncPath, systemCode } from './file-calls.ts';
import { type Folders, makeFolder } from './folders.ts';
import { requireBlobPath, toUploadFolder } from './keys.ts';
import { renameInto } from './staging.ts';

export type DirectoryUploadsOptions = {
  readonly directory: string;
  readonly folders: Folders;
  readonly buffers: BufferPool;
  /** Whether files may be written past the page cache. */
  readonly isDirect: boolean;
};

/** Creates the uploads of one store; what they share with it stays the store's. */
export function createDirectoryUploads(options: DirectoryUploadsOptions): UploadStore {
  const { directory } = options;
  return {
    maxBytes: Number.MAX_SAFE_INTEGER,
    direct: null,
    append: (bytes, appendOptions) => append(bytes, { ...options, ...appendOptions }),
    commit: (uploaded, { signal }) =>
      attempt(commit(uploaded, options), { signal, sentence: `the upload ${uploaded.key} could not be made durable` }),
    async discard({ key }, { signal }) {
      const removing = Promise.all([
        rm(toUploadFolder(directory, key), { recursive: true, force: true }),
        unlink(requireBlobPath(directory, key)).catch(unlessAbsent),
      ]);
      await attempt(removing, { signal, sentence: `the upload ${key} could not be removed` });
    },
  };
}

/**
 * What is remembered: the name of the file, and of the one that it was copied from, which nobody goes on in once this is
 * remembered.
 */
type Kept = { readonly file: string; readonly copiedFrom?: string };

type Append = AppendOptions & DirectoryUploadsOptions;

async function append(bytes: ByteStream, options: Append): Promise<AppendOutcome> {
  const { from, signal } = options;
  const opening = openPlace(options);
  const { folder, kept, file } = await attempt(opening, {
    signal,
    sentence: `the file of the upload ${from.key} could not be opened`,
  });
  const toUploaded = (offsetBytes: number): UploadedBytes => ({ key: from.key, kept, offsetBytes });
  try {
    const { positionBytes, failure } = await appendToFile(bytes, {
      ...options,
      file,
      positionBytes: from.offsetBytes,
      onDurable: (offsetBytes) => options.onDurable(toUploaded(offsetBytes)),
    });
    if (failure === null || !options.isWhole) return { uploaded: toUploaded(positionBytes), failure };
    if (from.kept?.file !== kept.file) await rm(join(folder, kept.file), { force: true }).catch(() => undefined);
    return { uploaded: from, failure };
  } finally {
    await closeAppended(file);
  }
}

/** Opens the file to go on in. A new one has its name on the disk before anything in it counts. */
async function openPlace(options: Append) {
  const { from, directory, isTakeover } = options;
  const folder = toUploadFolder(directory, from.key);
  const known = from.kept as Kept | null;
  if (known?.copiedFrom !== undefined) await rm(join(folder, known.copiedFrom), { force: true });
  if (known !== null && !isTakeover) {
    const file = await openAppended(join(folder, known.file), { ...options, isNew: false });
    return { folder, kept: { file: known.file }, file };
  }
  await makeFolder(folder);
  const kept: Kept = { file: randomUUID(), ...(known !== null && { copiedFrom: known.file }) };
  const path = join(folder, kept.file);
  // Whom we take over from may still write into the old file, but never into a copy.
  if (known !== null) await copyFile(join(folder, known.file), path, constants.COPYFILE_FICLONE);
  const file = await openAppended(path, { ...options, isNew: known === null });
  await syncFile(file.descriptor);
  await syncPath(folder);
  return { folder, kept, file };
}

/** Opens a file a second time when it is to be gone on in within a block: only what comes after it is written directly. */
async function openAppended(
  path: string,
  { from, isDirect, isNew }: Pick<Append, 'from' | 'isDirect'> & { readonly isNew: boolean },
): Promise<FileToAppend> {
  const isOnce = isDirect && isBlockAligned(from.offsetBytes);
  const descriptor = await openToAppend(path, { isDirect: isOnce, isNew });
  if (isOnce || !isDirect) return { descriptor, direct: isOnce ? descriptor : null };
  try {
    return { descriptor, direct: await openToAppend(path, { isDirect, isNew: false }) };
  } catch (thrown) {
    await closeFile(descriptor);
    throw thrown;
  }
}

async function closeAppended({ descriptor, direct }: FileToAppend): Promise<void> {
  await closeFile(descriptor);
  if (direct !== null && direct !== descriptor) await closeFile(direct);
}

async function commit(
  { key, kept, offsetBytes }: UploadedBytes,
  options: DirectoryUploadsOptions,
): Promise<{ isAsAppended: boolean }> {
  const { directory, folders } = options;
  const targetPath = requireBlobPath(directory, key);
  const folder = toUploadFolder(directory, key);
  if ((await sizeOf(targetPath)) !== offsetBytes) {
    const path = kept === null ? await makeEmpty(folder) : join(folder, String(kept.file));
    await publish(path, { key, offsetBytes, targetPath, folders });
  }
  await folders.sync(dirname(targetPath));
  await removeFolder(folder);
  // Who was taken over from still writes into a file that nobody refers to.
  return { isAsAppended: true };
}

async function makeEmpty(folder: string): Promise<string> {
  await makeFolder(folder);
  const path = join(folder, randomUUID());
  await closeFile(await openFile(path, 'wx', 0o600));
  return path;
}

type Publishing = Pick<DirectoryUploadsOptions, 'folders'> &
  Pick<UploadedBytes, 'key' | 'offsetBytes'> & { readonly targetPath: string };

async function publish(path: string, { key, offsetBytes, ...target }: Publishing): Promise<void> {
  try {
    const sizeBytes = await sizeOf(path);
    if (sizeBytes !== null && sizeBytes < offsetBytes) throw storeFailure(`the file of the upload ${key} is too short`);
    // What a request wrote that was not kept may lie after the content.
    await truncate(path, offsetBytes);
    await syncPath(path);
    await renameInto(path, target);
  } catch (thrown) {
    // Another process may have committed the same bytes meanwhile.
    if (systemCode(thrown) !== 'ENOENT' || (await sizeOf(target.targetPath)) !== offsetBytes) throw thrown;
  }
}

/** Null when there is no such file. */
async function sizeOf(path: string): Promise<number | null> {
  return (await stat(path).catch(unlessAbsent))?.size ?? null;
}

/** The content is in its place: a folder that is left over is the sweep's. */
async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}

function unlessAbsent(thrown: unknown): undefined {
  if (systemCode(thrown) !== 'ENOENT') throw thrown;
  return undefined;
}
