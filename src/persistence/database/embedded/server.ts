// The embedded server: PostgreSQL as a child process, started again when it dies, and never left behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { PROGRAM_ENV, toOwnPath } from './cluster.ts';
import { endServerProcesses } from './processes.ts';
import type { Programs } from './programs.ts';
import { findReason } from './reason.ts';
import type { ServerUser } from './server-user.ts';

export type EmbeddedServer = {
  /** Ends every session and shuts down cleanly. Harmless when repeated. */
  close(): Promise<void>;
};

export type StartServerOptions = {
  /** The cluster's. Nobody else uses it. */
  readonly directory: string;
  readonly programs: Programs;
  readonly user: ServerUser;
  readonly maxConnections: number;
  /** Takes one line about what the server says unasked, and about its end. */
  readonly log: (message: string) => void;
};

/**
 * Runs the server in this process's place and ends it when our end of its standard input closes, which it also does when
 * we are killed. It is no child of the server's, which would wonder at a child that it did not start. A line instead of
 * an end says that the server is gone already, and its process id perhaps somebody else's.
 */
const RUN_WATCHED =
  'exec 3<&0 </dev/null; server=$$; ({ read -r _ <&3 || kill -INT $server; } &) >&- 2>&-; exec 3<&- "$@"';

/** What must hold whatever postgresql.conf says. The socket's path is short and the server's own, wherever it lies. */
const SETTINGS = [
  'listen_addresses=',
  'unix_socket_directories=.',
  'unix_socket_permissions=0700',
  'port=5432',
  'fsync=on',
  'full_page_writes=on',
  'synchronous_commit=on',
  'logging_collector=off',
  'log_destination=stderr',
  // No statement and no value of a caller's in the log.
  'log_min_messages=log',
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
  'log_checkpoints=off',
  'log_autovacuum_min_duration=-1',
  'log_line_prefix=',
];

const FIRST_RESTART_MS = 100;
const MAX_RESTART_MS = 10_000;
/** A shutdown writes a checkpoint; what takes longer is left to the next start's recovery. */
const STOP_MS = 30_000;
const MAX_KEPT_LINES = 50;

/** @throws Error in a clear sentence when it does not start */
export async function startServer(options: StartServerOptions): Promise<EmbeddedServer> {
  const { directory, log } = options;
  let isClosing = false;
  let restarted: Promise<void> = Promise.resolve();
  let server: ChildProcess | null = await launch(options, () => isClosing);
  watch(server);

  function watch(child: ChildProcess): void {
    child.once('exit', (code, signal) => {
      server = null;
      if (!isClosing) restarted = restart(`${signal ?? code}`);
    });
  }

  async function restart(how: string): Promise<void> {
    log(`the embedded database ended with ${how}; starting it again`);
    for (let pauseMs = FIRST_RESTART_MS; !isClosing; pauseMs = Math.min(pauseMs * 2, MAX_RESTART_MS)) {
      try {
        await endServerProcesses(directory);
        server = await launch(options, () => isClosing);
        return watch(server);
      } catch (error) {
        log(error instanceof Error ? error.message : String(error));
        await pause(pauseMs, undefined, { ref: false });
      }
    }
  }

  async function stop(): Promise<void> {
    isClosing = true;
    await restarted;
    if (server === null) return;
    const exited = once(server, 'exit');
    server.kill('SIGINT');
    const timer = setTimeout(() => server?.kill('SIGQUIT'), STOP_MS);
    await exited;
    clearTimeout(timer);
  }

  let stopped: Promise<void> | null = null;
  return {
    close: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** Resolves when the server takes connections. */
async function launch(
  { directory, programs, user, maxConnections, log }: StartServerOptions,
  isClosing: () => boolean,
): Promise<ChildProcess> {
  const settings = [...SETTINGS, `max_connections=${maxConnections}`].flatMap((setting) => ['-c', setting]);
  const command = [programs.postgres, '-D', toOwnPath(directory, user), ...settings];
  const child = spawn('/bin/sh', ['-c', RUN_WATCHED, 'sh', ...command], {
    ...user,
    cwd: directory,
    env: PROGRAM_ENV,
    stdio: ['pipe', 'ignore', 'pipe'],
    // An interrupt from the terminal is for the gateway, which ends the server when it needs it no longer.
    detached: true,
  });
  // It is closed from the other side when the server has ended.
  child.stdin.on('error', () => {});
  child.once('exit', () => child.stdin.end('\n'));
  const said: string[] = [];
  let isReady = false;
  const ready = Promise.withResolvers<void>();
  createInterface(child.stderr).on('line', (line) => {
    if (isReady && !isClosing()) log(`the embedded database: ${line}`);
    if (said.length < MAX_KEPT_LINES) said.push(line);
    if (line.includes('database system is ready to accept connections')) ready.resolve();
  });
  child.once('error', ready.reject);
  child.once('close', (code, signal) =>
    ready.reject(new Error(findReason(said) ?? said.at(-1) ?? `${signal ?? code}`)),
  );
  try {
    await ready.promise;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the embedded database in ${directory} does not start: ${reason}`, { cause });
  }
  isReady = true;
  return child;
}
