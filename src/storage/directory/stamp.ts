// What tells that a file was not touched: its inode, size and times, as git's index has it.
import { stat } from 'node:fs';
import { promisify } from 'node:util';
import { systemCode } from './file-calls.ts';

const statFile = promisify(stat);

/** Two writes within it may leave the same time, on the coarsest of the file systems in use. */
const COARSEST_MS = 2_000;

/** See `BlobStore.stamp`. Null for a file that may be touched again without another time. */
export async function stampFile(path: string): Promise<string | null> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = await statFile(path, { bigint: true });
    if (Date.now() - Number(ctimeMs) < COARSEST_MS) return null;
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}
