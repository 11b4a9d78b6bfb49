// The embedded database as a running server's address: locked, made if there is none, started, and ended by whoever opened it.
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { OpenDatabaseOptions } from '../database.ts';
import { lockDirectory } from '../directory-lock.ts';
import { DATABASE, giveTo, inspectCluster, makeCluster, restoreAside, SUPERUSER, toAside } from './cluster.ts';
import { endServerProcesses } from './processes.ts';
import { findPrograms, type Programs, removeCopy } from './programs.ts';
import { startServer } from './server.ts';
import { findServerUser, type ServerUser } from './server-user.ts';

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
  await provideCluster(target, { ...options, programs, user });
  options.onStep(`starting the embedded database in ${target}`);
  const server = opened.adopt(await runServer(target, { ...options, programs, user }), ({ close }) => close());
  const running = opened.move();
  return { url: server.url, close: () => running.disposeAsync() };
}

type Installed = { readonly programs: Programs; readonly user: ServerUser };

/** Sees to it that there is a cluster that the server can run on. */
async function provideCluster(target: string, options: OpenEmbeddedOptions & Installed): Promise<void> {
  await restoreAside(target);
  const kind = await inspectCluster(target, options.programs);
  if (kind === 'native') await giveTo(options.user, target);
  if (kind === 'absent') {
    options.onStep(`making the embedded database in ${target}, once`);
    await makeCluster(target, options);
  }
  if (kind === 'pglite') {
    options.onStep(`carrying the database in ${target} over from PGlite, once`);
    const { carryOver } = await import('./carry-over.ts');
    const fill = async (directory: string) => {
      const { url, close } = await runServer(directory, options);
      await carryOver(target, { ...options, url }).finally(close);
    };
    await makeCluster(target, { ...options, fill });
    options.onStep(`the database is carried over; what PGlite had is kept in ${toAside(target)}`);
  }
}

/** Runs a server on a cluster, for connections by its socket alone. */
async function runServer(directory: string, options: OpenEmbeddedOptions & Installed): Promise<Embedded> {
  await using opened = new AsyncDisposableStack();
  opened.adopt(await startServer({ directory, ...options }), ({ close }) => close());
  const url = toUrl(await findSocketFolder(directory, opened));
  const running = opened.move();
  return { url, close: () => running.disposeAsync() };
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
