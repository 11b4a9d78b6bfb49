// Makes sure of the directories under DATA_DIR before anything is opened in them, so that what is wrong with one of them
// is said in one sentence and not in the words of whichever part came first.
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import type { Config } from '../config.ts';

/** Makes DATA_DIR when something is to lie in it. @throws Error naming the path and the system's code */
export async function requireDataDirectory({ dataDir, database, storage, auth }: Config): Promise<void> {
  const kept = [
    ...(auth.kind === 'development' ? [auth.dataDir] : []),
    ...(database.kind === 'embedded' ? [database.directory] : []),
    ...(storage.kind === 'directory' ? [storage.directory] : []),
  ];
  if (kept.length === 0) return;
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    for (const directory of new Set([dataDir, ...kept])) {
      await access(directory, constants.R_OK | constants.W_OK | constants.X_OK).catch(unlessAbsent);
    }
  } catch (cause) {
    throw new Error(explain(dataDir, cause as NodeJS.ErrnoException), { cause });
  }
}

/** What is not there yet is made later, by whoever keeps something in it. */
function unlessAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function explain(dataDir: string, { code, path = dataDir }: NodeJS.ErrnoException): string {
  const where = path === dataDir ? '' : ` at ${path}`;
  const advice = "let the gateway's user read and write there, or set DATA_DIR to another directory";
  return `DATA_DIR ${dataDir} cannot be used: ${code ?? 'it failed'}${where}; ${advice}`;
}
