// Files of this machine: what is below a directory, and their digests.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';

export type LocalFile = {
  readonly path: string;
  /** Its way below what was named, with slashes. */
  readonly below: string;
  readonly sizeBytes: number;
};

/** Every regular file below a directory; links are not followed, so that nothing is sent twice or without end. */
export async function* walkFiles(root: string, folder: string = root): AsyncGenerator<LocalFile, void, undefined> {
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walkFiles(root, path);
    if (!entry.isFile()) continue;
    yield { path, below: relative(root, path).split(sep).join('/'), sizeBytes: (await stat(path)).size };
  }
}

/** A file below a folder. @throws Error when what a gateway says leads out of it */
export function placeBelow(folder: string, below: string): string {
  const place = resolve(folder, below);
  if (!place.startsWith(join(resolve(folder), sep))) throw new Error('its path leads out of the folder');
  return join(folder, below);
}

/** In lower-case hex. */
export async function sha256OfFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { signal })) hash.update(piece);
  return hash.digest('hex');
}
