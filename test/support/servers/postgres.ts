// A real PostgreSQL for tests: started in a folder of its own, on a free port, and gone without a trace.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPrograms, findServerUser, type PostgresPrograms, type RunAs } from './postgres-binaries.ts';

export type PostgresServer = AsyncDisposable & {
  /** Superuser, maintenance database. The port stays the same over stop and start. */
  readonly url: string;
  start(): Promise<void>;
  /** Ends all sessions and shuts down cleanly. */
  stop(): Promise<void>;
  /** Ends at once, as a power cut would: the next start has to recover. */
  crash(): Promise<void>;
};

export type PostgresServerOptions = {
  /** `name=value` lines for the server, for example `fsync=on`, which is off here. */
  readonly settings?: readonly string[];
  /** Takes each line that the server writes to its log. */
  readonly onLine?: (line: string) => void;
  /** Those of another version than the one that npm brings. */
  readonly programs?: PostgresPrograms;
};

/** Makes and starts a server; disposing of it removes everything. */
export async function startPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const runAs = await findServerUser();
  // The other user must be able to reach it, which a TMPDIR of root's own would not let them.
  const directory = await mkdtemp(join(runAs.uid === undefined ? tmpdir() : '/tmp', 'gateway-postgres-'));
  const { settings = [], onLine = () => {} } = options;
  const cluster: Cluster = { directory, runAs, settings, onLine, port: 0, process: null };
  const removeAll = () => {
    cluster.process?.kill('SIGQUIT');
    removeSoon(directory);
  };
  process.once('exit', removeAll);

  async function dispose(): Promise<void> {
    await end(cluster, 'SIGINT');
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    process.off('exit', removeAll);
  }

  try {
    if (runAs.uid !== undefined && runAs.gid !== undefined) await chown(directory, runAs.uid, runAs.gid);
    const programs = options.programs ?? (await findPrograms(runAs, directory));
    const password = await makeCluster(cluster, programs);
    await startOnFreePort(cluster, programs);
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${cluster.port}/postgres`,
      start: () => run(cluster, programs),
      stop: () => end(cluster, 'SIGINT'),
      crash: () => end(cluster, 'SIGQUIT'),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** A fresh, empty database on the server at `url`; disposing of it drops it, whoever is still connected. */
export async function createDatabase(url: string): Promise<AsyncDisposable & { readonly url: string }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(url, `create database ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return {
    url: own.href,
    [Symbol.asyncDispose]: () => execute(url, `drop database if exists ${name} with (force)`),
  };
}

/** For the exit of the process, which waits for nothing: the server may still be writing its last words meanwhile. */
function removeSoon(directory: string): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 1; attempt <= 40 && existsSync(directory); attempt += 1) {
    if (attempt > 1) Atomics.wait(pause, 0, 0, 50);
    try {
      // It may leave something behind without a word (Node 24), hence the look above.
      rmSync(directory, { recursive: true, force: true });
    } catch {}
  }
}

type Cluster = {
  readonly directory: string;
  readonly runAs: RunAs;
  readonly settings: readonly string[];
  readonly onLine: (line: string) => void;
  port: number;
  process: ChildProcess | null;
};

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** @returns the superuser's password */
async function makeCluster({ directory, runAs }: Cluster, programs: PostgresPrograms): Promise<string> {
  const password = randomUUID();
  const passwordFile = join(directory, 'password');
  await writeFile(passwordFile, password);
  const data = join(directory, 'data');
  await mkdir(data, { mode: 0o700 });
  if (runAs.uid !== undefined && runAs.gid !== undefined) {
    await chown(passwordFile, runAs.uid, runAs.gid);
    await chown(data, runAs.uid, runAs.gid);
  }
  const flags = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'];
  const paths = [`--pgdata=${data}`, `--pwfile=${passwordFile}`];
  await promisify(execFile)(programs.initdb, [...paths, ...flags], { ...runAs, cwd: directory });
  return password;
}

/** Between finding a port free and using it someone else may take it. */
async function startOnFreePort(cluster: Cluster, programs: PostgresPrograms): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    cluster.port = await findFreePort();
    try {
      return await run(cluster, programs);
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a listening server has no port');
  return address.port;
}

/** Resolves when the server takes connections. */
async function run(cluster: Cluster, { postgres }: PostgresPrograms): Promise<void> {
  const { directory, runAs, port } = cluster;
  const settings = ['fsync=off', 'max_connections=200', 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
  const flags = [...settings, ...cluster.settings].flatMap((setting) => ['-c', setting]);
  const child = spawn(postgres, ['-D', join(directory, 'data'), '-p', String(port), ...flags], {
    ...runAs,
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  cluster.process = child;
  const said: string[] = [];
  const ready = Promise.withResolvers<void>();
  createInterface(child.stderr).on('line', (line) => {
    if (said.length < 50) said.push(line);
    cluster.onLine(line);
    if (line.includes('ready to accept connections')) ready.resolve();
  });
  child.once('error', ready.reject);
  child.once('exit', () => {
    cluster.process = null;
    ready.reject(new Error(`PostgreSQL did not start:\n${said.join('\n')}`));
  });
  await ready.promise;
}

async function end(cluster: Cluster, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  const child = cluster.process;
  if (child === null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
