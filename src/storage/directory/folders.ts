// Folders whose own existence survives a crash. A folder is ready when its parent has been synced.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { closeFile, openFile, syncFile, syncPath, systemCode } from './file-calls.ts';

/** The folders of one store. Keys spread over 256 of them, so that every handle can stay open. */
export type Folders = {
  /** Makes the folders `names` below `parent`, durably, with one sync for all of them. */
  makeAll(parent: string, names: readonly string[]): Promise<void>;
  /** Makes `folder` if it is missing, durably, and remembers that. */
  prepare(folder: string): Promise<void>;
  /** Makes the entries of a prepared `folder` durable. */
  sync(folder: string): Promise<void>;
  /** Forgets a folder that somebody else removed. */
  forget(folder: string): Promise<void>;
  close(): Promise<void>;
};

const FOLDER_MODE = 0o700;

/** Makes `folder` and whatever is missing above it, and syncs the parent of each folder that is new. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: FOLDER_MODE });
  } catch (thrown) {
    if (systemCode(thrown) === 'EEXIST') return;
    if (systemCode(thrown) !== 'ENOENT') throw thrown;
    await makeFolder(dirname(folder));
    return makeFolder(folder);
  }
  await syncPath(dirname(folder));
}

/** Creates the memory of one store's folders. Whoever creates it closes it. */
export function createFolders(): Folders {
  const handles = new Map<string, Promise<number>>();
  const durable = new Set<string>();

  const openFolder = async (folder: string): Promise<number> => {
    if (durable.has(folder)) return openFile(folder, 'r');
    await makeFolder(folder);
    // Also for a folder that was there: another process may have made it a moment ago and not have synced it yet.
    await syncPath(dirname(folder));
    return openFile(folder, 'r');
  };
  const handleOf = (folder: string): Promise<number> => {
    const known = handles.get(folder);
    if (known !== undefined) return known;
    const opening = openFolder(folder);
    handles.set(folder, opening);
    opening.catch(() => handles.delete(folder));
    return opening;
  };
  const forget = async (folder: string): Promise<void> => {
    const known = handles.get(folder);
    handles.delete(folder);
    durable.delete(folder);
    if (known !== undefined) await known.then(closeFile).catch(() => undefined);
  };

  return {
    async makeAll(parent, names) {
      const folders = names.map((name) => join(parent, name));
      for (const folder of folders) {
        await mkdir(folder, { mode: FOLDER_MODE }).catch((thrown) => {
          if (systemCode(thrown) !== 'EEXIST') throw thrown;
        });
      }
      await syncPath(parent);
      for (const folder of folders) durable.add(folder);
    },
    async prepare(folder) {
      await handleOf(folder);
    },
    async sync(folder) {
      await syncFile(await handleOf(folder));
    },
    forget,
    async close() {
      await Promise.all([...handles.keys()].map(forget));
    },
  };
}
