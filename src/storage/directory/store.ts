// Blobs as files in a directory of this machine. No key leads out of it, and nothing counts as stored before it is synced.

import { randomUUID } from 'node:crypto';
import { rm, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { AbandonedOptions } from '../../domain/content/blob-store.ts';
import { createBufferPool } from '../../domain/flow/buffer-pool.ts';
import type { ContentStore } from '../../domain/uploads/upload-store.ts';
import { attempt, storeFailure } from '../store-failure.ts';
import { allocateAligned, takesDirect } from './direct-io.ts';
import { systemCode, writeWhole } from './file-calls.ts';
import { createFolders, makeFolder } from './folders.ts';
import { requireBlobPath, STAGING_FOLDER, UPLOADS_FOLDER } from './keys.ts';
import { readLabel, writeLabel } from './label.ts';
import { countOldFiles, countOldUploadFolders, listBlobs, statIfThere } from './listing.ts';
import { createReadBuffers } from './read-buffers.ts';
import { readFromFile } from './reading.ts';
import { PIECE_BYTES, stageInDirectory } from './staging.ts';
import { stampFile } from './stamp.ts';
import { createDirectoryUploads } from './uploads.ts';

/** What a record says of content that lies in a directory of the machine. */
const BUCKET = 'local';
/** The folders that keys begin with, made beforehand: one at a time, each would cost its first blob two syncs more. */
const SHARDS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
/** Of the size of a staged piece; two are in use for each content that is being taken in. */
const MAX_SPARE_BUFFERS = 32;

/** Writes, syncs and removes a file: the only way to know that a disk takes more. */
async function probe(stagingFolder: string): Promise<void> {
  const path = join(stagingFolder, `probe-${randomUUID()}`);
  try {
    await writeWhole(path, new Uint8Array(1024));
  } finally {
    await rm(path, { force: true });
  }
}

async function probeDirect(stagingFolder: string): Promise<boolean> {
  const path = join(stagingFolder, `probe-${randomUUID()}`);
  const isDirect = await takesDirect(path);
  await unlink(path).catch(() => {});
  return isDirect;
}

/**
 * Opens the store in `directory`, which is made when it is missing. Whoever opens it closes it.
 * @throws an Error that tells the operator what to change when nothing can be written there
 */
export async function openDirectoryStore(options: { readonly directory: string }): Promise<ContentStore> {
  const directory = resolve(options.directory);
  const stagingFolder = join(directory, STAGING_FOLDER);
  const uploadsFolder = join(directory, UPLOADS_FOLDER);
  const folders = createFolders();
  let isDirect = false;
  try {
    await makeFolder(stagingFolder);
    await makeFolder(uploadsFolder);
    await probe(stagingFolder);
    isDirect = await probeDirect(stagingFolder);
    await folders.makeAll(directory, SHARDS);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Error(
      `cannot keep blobs in ${directory} (${reason}); give a folder that this process may write to, on a disk with room`,
      { cause: thrown },
    );
  }
  const buffers = createBufferPool({ bytes: PIECE_BYTES, maxSpare: MAX_SPARE_BUFFERS, allocate: allocateAligned });
  const countAbandoned = async (options: AbandonedOptions & { readonly remove: boolean }): Promise<number> =>
    (await countOldFiles(stagingFolder, options)) + (await countOldUploadFolders(uploadsFolder, options));
  const readBuffers = createReadBuffers();
  return {
    bucket: BUCKET,
    uploads: createDirectoryUploads({ directory, folders, buffers, isDirect }),
    async stage(bytes, { key, signal }) {
      const targetPath = requireBlobPath(directory, key);
      const stagingPath = join(stagingFolder, randomUUID());
      return stageInDirectory(bytes, { signal, stagingPath, targetPath, folders, buffers, isDirect });
    },
    slots: () => ({}),
    async has(key, { sizeBytes, signal }) {
      const path = requireBlobPath(directory, key);
      signal.throwIfAborted();
      const found = await attempt(statIfThere(path), { signal, sentence: `the blob ${key} could not be looked at` });
      return found !== null && found.sizeBytes === sizeBytes;
    },
    async stamp(key, { signal }) {
      const path = requireBlobPath(directory, key);
      signal.throwIfAborted();
      return attempt(stampFile(path), { signal, sentence: `the blob ${key} could not be looked at` });
    },
    async read(key, { signal, range }) {
      const path = requireBlobPath(directory, key);
      signal.throwIfAborted();
      const sentence = `the blob ${key} could not be opened`;
      return attempt(readFromFile(path, { signal, range, buffers: readBuffers }), { signal, sentence });
    },
    presign: () => Promise.resolve(null),
    async delete(key, { signal }) {
      const path = requireBlobPath(directory, key);
      signal.throwIfAborted();
      try {
        await unlink(path);
      } catch (thrown) {
        if (systemCode(thrown) !== 'ENOENT') throw storeFailure(`the blob ${key} could not be removed`, thrown);
      }
    },
    list: (listOptions) => listBlobs(directory, listOptions),
    removeAbandoned: (removeOptions) =>
      attempt(countAbandoned({ ...removeOptions, remove: true }), {
        signal: removeOptions.signal,
        sentence: 'the files of abandoned stagings could not be removed',
      }),
    countAbandoned: (countOptions) =>
      attempt(countAbandoned({ ...countOptions, remove: false }), {
        signal: countOptions.signal,
        sentence: 'the files of abandoned stagings could not be counted',
      }),
    readLabel: ({ signal }) => attempt(readLabel(directory), { signal, sentence: 'its label could not be read' }),
    writeLabel: (text, { replace, signal }) =>
      attempt(writeLabel(directory, { text, stagingFolder, replace }), {
        signal,
        sentence: `no label could be put on ${directory}`,
      }),
    async check({ signal }) {
      signal.throwIfAborted();
      await attempt(probe(stagingFolder), { signal, sentence: `${directory} cannot be written to` });
    },
    close: () => folders.close(),
  };
}
