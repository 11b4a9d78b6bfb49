// Staging on a directory: a hidden file, then fsync, rename and fsync of the folder. It refuses to leave a file behind.
import type { Buffer } from 'node:buffer';
import { rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ByteStream, CallOptions, StagedBlob } from '../domain/ports.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { Folders } from './directory-folders.ts';
import { drain } from './drain.ts';
import { closeFile, openFile, syncFile, systemCode, writeAll } from './file-calls.ts';
import { createGatherer } from './gatherer.ts';
import { attempt } from './store-failure.ts';

/** One piece is written while the next fills. Larger ones measured no faster, and 1,000 contents at once stay cheap. */
export const PIECE_BYTES = 256 * 1024;

export type DirectoryStagingOptions = CallOptions & {
  /** Where the file lies until it is committed; on the same file system as `targetPath`. */
  readonly stagingPath: string;
  readonly targetPath: string;
  readonly folders: Folders;
  /** Of `PIECE_BYTES` each. */
  readonly buffers: BufferPool;
};

type StagingFile = {
  /** Writes at the end; the bytes must stay as they are until the next call of either method is settled. */
  write(piece: Buffer): Promise<void>;
  /** Waits for what is being written, makes it durable and closes the file. */
  finish(): Promise<void>;
  /** Closes and removes the file, if there is one. Never rejects. */
  remove(): Promise<void>;
};

/** A file that comes into being with its first piece: a content of one piece costs nothing until it is committed. */
function createStagingFile(path: string): StagingFile {
  let descriptor: number | null = null;
  let exists = false;
  let sizeBytes = 0;
  let writing: Promise<void> = Promise.resolve();

  const close = async (): Promise<void> => {
    if (descriptor === null) return;
    const closing = descriptor;
    descriptor = null;
    await closeFile(closing);
  };

  return {
    async write(piece) {
      await writing;
      if (descriptor === null) {
        descriptor = await openFile(path, 'wx', 0o600);
        exists = true;
      }
      writing = writeAll(descriptor, piece, sizeBytes);
      // Its failure is thrown by whoever awaits it next; until then it must not count as unhandled.
      writing.catch(() => undefined);
      sizeBytes += piece.byteLength;
    },
    async finish() {
      await writing;
      if (descriptor !== null) await syncFile(descriptor);
      await close();
    },
    async remove() {
      // A descriptor closed under a running write could hit a file opened meanwhile.
      await writing.catch(() => undefined);
      await close().catch(() => undefined);
      if (exists) await unlink(path).catch(() => undefined);
      exists = false;
    },
  };
}

/** Renames into a prepared folder; makes the folder again when somebody removed it. */
async function renameInto(from: string, options: { targetPath: string; folders: Folders }): Promise<void> {
  const { targetPath, folders } = options;
  const folder = dirname(targetPath);
  await folders.prepare(folder);
  try {
    await rename(from, targetPath);
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT') throw thrown;
    await folders.forget(folder);
    await folders.prepare(folder);
    await rename(from, targetPath);
  }
}

/** Takes `bytes` to the end; see `BlobStore.stage`. Up to one piece is kept in memory until it is committed. */
export async function stageInDirectory(bytes: ByteStream, options: DirectoryStagingOptions): Promise<StagedBlob> {
  const { signal, stagingPath, targetPath, folders, buffers } = options;
  const file = createStagingFile(stagingPath);
  let spare: Buffer | null = null;
  let beingWritten: Buffer | null = null;
  const takeBuffer = (): Buffer => {
    const buffer = spare ?? buffers.take();
    spare = null;
    return buffer;
  };
  const gatherer = createGatherer({ maxBytes: PIECE_BYTES, takeBuffer });
  let ended = false;

  const writeOut = async (piece: Uint8Array, offset: number): Promise<void> => {
    for (let at = offset; at < piece.byteLength; at += gatherer.fill(piece, at)) {
      if (gatherer.isFull()) {
        const full = gatherer.take();
        await attempt(file.write(full), { signal, sentence: 'a staged file could not be written' });
        spare = beingWritten;
        beingWritten = full;
      }
    }
  };
  const sink = (piece: Uint8Array): Promise<void> | undefined => {
    const filled = gatherer.fill(piece, 0);
    return filled === piece.byteLength ? undefined : writeOut(piece, filled);
  };

  const discard = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    const last = gatherer.take();
    await file.remove();
    giveBack(last);
  };
  /** Only when nothing is being written any more. */
  const giveBack = (last: Buffer): void => {
    for (const buffer of [spare, beingWritten, last]) if (buffer !== null) buffers.give(buffer);
    spare = null;
    beingWritten = null;
  };

  try {
    await drain(bytes, { signal, sink });
  } catch (thrown) {
    await discard();
    throw thrown;
  }

  const publish = async (commitSignal: AbortSignal): Promise<void> => {
    const last = gatherer.take();
    await file.write(last);
    commitSignal.throwIfAborted();
    await file.finish();
    giveBack(last);
    commitSignal.throwIfAborted();
    await renameInto(stagingPath, { targetPath, folders });
    try {
      await folders.sync(dirname(targetPath));
    } catch (thrown) {
      await unlink(targetPath).catch(() => undefined);
      throw thrown;
    }
  };

  return {
    async commit(commitOptions) {
      commitOptions.signal.throwIfAborted();
      if (ended) throw new Error('this blob was committed or discarded before');
      try {
        await attempt(publish(commitOptions.signal), {
          signal: commitOptions.signal,
          sentence: 'a staged file could not be made durable',
        });
        ended = true;
      } catch (thrown) {
        await discard();
        throw thrown;
      }
    },
    discard,
  };
}
