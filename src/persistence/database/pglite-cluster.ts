// Opens PGlite's data directory so that what it acknowledges is on the disk. It refuses a directory that is in use.
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createPostgreSqlTypeParsers } from '@mikro-orm/sql';
import type { OpenDatabaseOptions } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { SyncingNodeFS } from './syncing-node-fs.ts';

/** An opened data directory. */
export type Cluster = {
  readonly client: PGlite;
  /** Writes a checkpoint and lets another process have the directory. */
  close(): Promise<void>;
};

/**
 * Opens the cluster in `directory`, making it first when there is none.
 * @throws Error in a clear sentence when another process has it open
 */
export async function openCluster(
  directory: string,
  { onStep }: Pick<OpenDatabaseOptions, 'onStep'> = { onStep: () => {} },
): Promise<Cluster> {
  const target = resolve(directory);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const lock = lockDirectory(target);
  try {
    if (!existsSync(join(target, 'PG_VERSION'))) {
      onStep(`making the embedded database in ${target}, once: this takes some seconds`);
      await createCluster(target);
    }
    onStep(`opening the embedded database in ${target}`);
    const client = await startPglite(target);
    return {
      client,
      close: async () => {
        await client.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Makes a cluster under another name and renames it when it is whole: a crash half-way leaves nothing to stumble over. */
async function createCluster(target: string): Promise<void> {
  const unfinished = `${target}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const client = await startPglite(unfinished);
  await client.close();
  await syncTree(unfinished);
  await rename(unfinished, target);
  await syncPath(dirname(target));
}

function startPglite(directory: string): Promise<PGlite> {
  // PGlite starts PostgreSQL with -F, which turns fsync off. Its fdatasync does nothing, so fsync must be asked for.
  const startParams = PGlite.defaultStartParams.filter((param) => param !== '-F');
  return PGlite.create({
    fs: new SyncingNodeFS(directory),
    startParams: [...startParams, '-c', 'wal_sync_method=fsync'],
    parsers: createPostgreSqlTypeParsers((text) => [text]),
  });
}

async function syncTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true });
  await Promise.all(
    entries.map((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? syncTree(path) : syncPath(path);
    }),
  );
  await syncPath(directory);
}

async function syncPath(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}
