// A cluster that the install has made and packed into one file, so that a first start need not make one.
import { chown, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { ServerUser } from './server-user.ts';

/** A file with its bytes, or a folder, by its path within the cluster; a folder stands before what is in it. */
type Entry = readonly [path: string, bytes: Uint8Array | null];

const MODULES = join(import.meta.dirname, '../../../../node_modules');
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

/** Makes the cluster in `file` in `directory`, which is empty and `user`'s own. @returns false when there is no such file */
export async function unpackTemplate(directory: string, file: string, { uid, gid }: ServerUser): Promise<boolean> {
  const packed = await readFile(file).catch(() => null);
  if (packed === null) return false;
  const entries = deserialize(await promisify(zstdDecompress)(packed)) as readonly Entry[];
  const own = async (path: string) => {
    if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
  };
  const files: { readonly path: string; readonly bytes: Uint8Array }[] = [];
  for (const [inner, bytes] of entries) {
    const path = join(directory, inner);
    if (bytes !== null) files.push({ path, bytes });
    else {
      await mkdir(path, { mode: 0o700 });
      await own(path);
    }
  }
  await Promise.all(
    files.map(async ({ path, bytes }) => {
      await writeFile(path, bytes, { mode: 0o600 });
      await own(path);
    }),
  );
  return true;
}
