// The embedded database as a running server's address: locked, made if there is none, started, and ended by whoever opened it.
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { OpenDatabaseOptions } from '../database.ts';
import { lockDirectory } from '../directory-lock.ts';
import { DATABASE, inspectCluster, makeCluster, SUPERUSER } from './cluster.ts';
import { endServerProcesses } from './processes.ts';
import { findPrograms, removeCopy } from './programs.ts';
import { startServer } from './server.ts';
import { findServerUser } from './server-user.ts';

/** A running server. */
export type Embedded = {
  /** `postgres://…`, for this machine and this user alone. */
  readonly url: string;
  /** Shuts the server down and lets another process have the directory. */
  close(): Promise<void>;
};

export type OpenEmbeddedOptions = Pick<OpenDatabaseOptions, 'log' | 'onStep'> & {
  /** Of all processes that use it. */
  readonly maxConnections: number;
};

/** What the pools of so many processes take, with two connections each for migrations and some to look at it from outside. */
export const toMaxConnections = (processes: number, perProcess: number) => processes * (perProcess + 2) + 10;

/** The longest name of a socket that every system takes, less the file's own (`/.s.PGSQL.5432`). */
const MAX_SOCKET_FOLDER_BYTES = 103 - 14;

/**
 * Starts the server on the cluster in `directory`, which it makes when there is none.
 * @throws Error in a clear sentence when another process has it open, the platform has no server, or it does not start
 */
export async function openEmbedded(directory: string, options: OpenEmbeddedOptions): Promise<Embedded> {
  const target = resolve(directory);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await using opened = new AsyncDisposableStack();
  const lock = lockDirectory(target);
  opened.defer(() => lock.release());
  const user = await findServerUser(target);
  opened.defer(() => removeCopy(target));
  const programs = await findPrograms(user, target);
  await endServerProcesses(target);
  if ((await inspectCluster(target, programs)) === 'absent') {
    options.onStep(`making the embedded database in ${target}, once`);
    await makeCluster(target, { programs, user });
  }
  options.onStep(`starting the embedded database in ${target}`);
  const server = await startServer({ directory: target, programs, user, ...options });
  opened.defer(() => server.close());
  const folder = await findSocketFolder(target, opened);
  const running = opened.move();
  return { url: toUrl(folder), close: () => running.disposeAsync() };
}

/** The socket's folder by a name that a socket may have. */
async function findSocketFolder(directory: string, opened: AsyncDisposableStack): Promise<string> {
  if (Buffer.byteLength(directory) <= MAX_SOCKET_FOLDER_BYTES) return directory;
  const folder = await mkdtemp(join(tmpdir().length > 60 ? '/tmp' : tmpdir(), 'gateway-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const link = join(folder, 'db');
  await symlink(directory, link);
  return link;
}

/** A socket's folder stands for the host, percent-encoded (PostgreSQL, "Connection URIs"). */
function toUrl(folder: string): string {
  return `postgres://${SUPERUSER}@${encodeURIComponent(folder)}:5432/${DATABASE}`;
}
