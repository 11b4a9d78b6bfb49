// Lists a store's directory one entry at a time; no listing is held in memory.

import { opendir, rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { AbandonedOptions, StoredBlob } from '../../domain/content/blob-store.ts';
import type { CallOptions } from '../../domain/flow/stream.ts';
import { systemCode } from './file-calls.ts';
import { fromUploadFolder, LABEL_FILE, STAGING_FOLDER, UPLOADS_FOLDER } from './keys.ts';

const OWN_FOLDERS: ReadonlySet<string> = new Set([STAGING_FOLDER, UPLOADS_FOLDER]);

/** What a file is now, or null when there is none. */
export async function statIfThere(path: string): Promise<{ sizeBytes: number; modifiedAt: Date } | null> {
  try {
    const { size, mtime } = await stat(path);
    return { sizeBytes: size, modifiedAt: mtime };
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

/** Every file below `folder`, without the store's own at its top. Its handles are closed when the loop is left. */
async function* walk(folder: string, root: string): AsyncGenerator<string> {
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (folder !== root || !OWN_FOLDERS.has(entry.name)) yield* walk(path, root);
    } else if (entry.isFile() && (folder !== root || entry.name !== LABEL_FILE)) yield path;
  }
}

/** Every committed blob below `directory`; one that vanishes meanwhile is left out. */
export async function* listBlobs(directory: string, { signal }: CallOptions): AsyncGenerator<StoredBlob> {
  for await (const path of walk(directory, directory)) {
    signal.throwIfAborted();
    const found = await statIfThere(path);
    if (found !== null) yield { key: relative(directory, path).split(sep).join('/'), ...found };
  }
}

export type OldFilesOptions = CallOptions & { readonly olderThan: Date; readonly remove: boolean };

/** Counts, and removes when it is told to, the files in `stagingFolder` last written before `olderThan`. */
export async function countOldFiles(stagingFolder: string, options: OldFilesOptions): Promise<number> {
  let count = 0;
  for await (const entry of await opendir(stagingFolder)) {
    options.signal.throwIfAborted();
    const path = join(stagingFolder, entry.name);
    const found = await statIfThere(path);
    if (found === null || found.modifiedAt >= options.olderThan) continue;
    // Not an unlink: another process that sweeps the same folder may be faster.
    if (options.remove) await rm(path, { force: true });
    count += 1;
  }
  return count;
}

export type OldUploadFoldersOptions = OldFilesOptions & AbandonedOptions;

/** The same for folders of uploads that no longer go on. */
export async function countOldUploadFolders(uploadsFolder: string, options: OldUploadFoldersOptions): Promise<number> {
  const old: { readonly path: string; readonly key: string }[] = [];
  for await (const entry of await opendir(uploadsFolder)) {
    options.signal.throwIfAborted();
    const path = join(uploadsFolder, entry.name);
    const found = await statIfThere(path);
    if (found !== null && found.modifiedAt < options.olderThan) old.push({ path, key: fromUploadFolder(entry.name) });
  }
  if (old.length === 0) return 0;
  const open = await options.findOpen(old.map(({ key }) => key));
  const abandoned = old.filter(({ key }) => !open.has(key));
  if (options.remove) for (const { path } of abandoned) await rm(path, { recursive: true, force: true });
  return abandoned.length;
}
