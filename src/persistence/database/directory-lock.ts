// One process at a time in a directory. The lock is the kernel's: it ends with the process, however that ends.
import { DatabaseSync } from 'node:sqlite';

/** A lock that is held. */
export type DirectoryLock = {
  /** Lets the next one in; harmless when repeated. */
  release(): void;
};

const SQLITE_BUSY = 5;

/**
 * Takes `<directory>.lock`. The file stays when the lock ends: removing it would let two processes lock two files.
 * Node has no file locks of its own; SQLite has, and they need no pid that might since belong to another process.
 * @throws Error in a clear sentence when it is taken
 */
export function lockDirectory(directory: string): DirectoryLock {
  const file = new DatabaseSync(`${directory}.lock`, { timeout: 0 });
  try {
    file.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    file.close();
    if (!isBusy(error)) throw error;
    throw new Error(
      `${directory} is in use by another process: the embedded database serves one at a time. ` +
        'Stop the other one, choose another DATA_DIR, or set DATABASE_URL to share a PostgreSQL server',
      { cause: error },
    );
  }
  return {
    release: () => {
      if (file.isOpen) file.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
