// A cluster that the install has made and packed into one file, so that a first start need not make one.
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { serialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { constants, zstdCompress } from 'node:zlib';
import type { ServerUser } from './server-user.ts';
import type { Entry, UnpackWork } from './unpack-worker.ts';

const MODULES = join(dirname(findPackageJSON(import.meta.url) as string), 'node_modules');
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 12 } };

/** Where the cluster `name` is kept, or would be. */
export const locateTemplate = (name: string) => join(MODULES, '.cache', 'database', name);

/** Keeps the cluster in `directory`, whose server has been shut down, in `file`. */
export async function packTemplate(directory: string, file: string): Promise<void> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  const kept = found.filter((entry) => entry.isDirectory() || entry.isFile());
  const entries = await Promise.all(
    kept.map(async (entry): Promise<Entry> => {
      const path = join(entry.parentPath, entry.name);
      return [relative(directory, path), entry.isFile() ? await readFile(path) : null];
    }),
  );
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.unfinished`, await promisify(zstdCompress)(serialize(entries), LEVEL));
  await rename(`${file}.unfinished`, file);
}

/**
 * Makes the cluster in `file` in `directory`, which is empty and `user`'s own: in a thread of its own, since meanwhile this
 * one loads code, and the memory that it takes ends with it. @throws when there is no such file
 */
export async function unpackTemplate(directory: string, file: string, user: ServerUser): Promise<void> {
  const work: UnpackWork = { directory, file, ...user };
  const program = new URL(`./unpack-worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(program, { workerData: work });
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject).once('exit', () => resolve());
  });
}
