// What Node has beside: files by their path, and a journal on disk.
import { createHash, randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Journal, parseEntry } from './journal.ts';

export type OpenFileOptions = {
  /** The content's type; absent: none, and the gateway detects it. */
  readonly type?: string;
};

/**
 * A file of the disk, to be uploaded: read as it is sent, never held. Reading it fails when it is changed meanwhile.
 * @throws Error what the file system says
 */
export async function openFile(path: string, { type = '' }: OpenFileOptions = {}): Promise<File> {
  const [blob, { mtimeMs }] = await Promise.all([openAsBlob(path, { type }), stat(path)]);
  // Not `new File([blob])`, whose parts would be looked for in the blob once more.
  return Object.defineProperties(blob, {
    name: { value: basename(path) },
    lastModified: { value: Math.floor(mtimeMs) },
    webkitRelativePath: { value: '' },
  }) as File;
}

/**
 * A journal in a directory of its own, which is made when it is needed: a file for each upload that is not done, so that
 * several processes may share it. What has grown too old is removed when it is opened.
 */
export function fileJournal(directory: string): Journal {
  const place = (key: string) => join(directory, `${createHash('sha256').update(key).digest('hex')}.json`);
  const read = async (path: string) => parseEntry(await readFile(path, 'utf8').catch(() => null));
  const opened = (async () => {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(directory)) {
      if ((await read(join(directory, name))) === null) await rm(join(directory, name), { force: true });
    }
  })().catch(() => {});
  return {
    async get(key) {
      await opened;
      return await read(place(key));
    },
    async set(key, entry) {
      await opened;
      const whole = `${place(key)}.${randomUUID()}`;
      // A journal that cannot be written must not fail the upload.
      await writeFile(whole, JSON.stringify(entry), { mode: 0o600 })
        .then(() => rename(whole, place(key)))
        .catch(() => {});
    },
    async delete(key) {
      await opened;
      await rm(place(key), { force: true }).catch(() => {});
    },
  };
}
