// What runs on a data directory already: servers that a killed gateway has left behind are found here, and ended.
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** How long each way of ending it may take, in their order: a clean stop, a stop without a checkpoint, none. */
const WAYS = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;
const POLL_MS = 20;

/**
 * Ends every server process on the cluster in `directory`, so that it can be started; harmless when there is none. Only for
 * who holds the directory's lock. @throws Error when one cannot be ended
 */
export async function endServerProcesses(directory: string): Promise<void> {
  for (const { signal, waitMs } of WAYS) {
    const left = await findServerProcesses(directory);
    if (left.length === 0) return await removeStaleLock(directory);
    const leader = await readLeader(directory);
    // The others end when their leader does; without one they end by themselves, unless they cannot.
    const told = signal === 'SIGKILL' ? left : left.filter((pid) => pid === leader);
    for (const pid of told) kill(pid, signal);
    await waitForEnd(directory, waitMs);
  }
  const left = await findServerProcesses(directory);
  if (left.length > 0) throw new Error(`the database server on ${directory} does not end: process ${left.join(', ')}`);
}

async function waitForEnd(directory: string, waitMs: number): Promise<void> {
  const endMs = performance.now() + waitMs;
  while (performance.now() < endMs && (await findServerProcesses(directory)).length > 0) await pause(POLL_MS);
}

/**
 * A server that was killed leaves its process id behind. PostgreSQL would refuse to start when that number belongs to
 * somebody else by now, as it soon does in a container; it is known here that no server uses the directory.
 */
async function removeStaleLock(directory: string): Promise<void> {
  if (process.platform === 'linux') await rm(join(directory, 'postmaster.pid'), { force: true });
}

/** Every process of a server works in its data directory. */
async function findServerProcesses(directory: string): Promise<readonly number[]> {
  if (process.platform !== 'linux') {
    const leader = await readLeader(directory);
    return leader !== null && (await isPostgres(leader)) ? [leader] : [];
  }
  const place = await realpath(directory).catch(() => null);
  if (place === null) return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const isOne = await Promise.all(
    pids.map(async (pid) => {
      const [cwd, program] = await Promise.all([readLink(`/proc/${pid}/cwd`), readLink(`/proc/${pid}/exe`)]);
      // A new install leaves the running program without a name.
      return cwd === place && program !== null && /\/(?:postgres|initdb)(?: \(deleted\))?$/.test(program);
    }),
  );
  return pids.filter((_pid, index) => isOne[index]);
}

/** The process id that the last server wrote down; null without any. */
async function readLeader(directory: string): Promise<number | null> {
  const text = await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return pid > 0 ? pid : null;
}

async function isPostgres(pid: number): Promise<boolean> {
  return await promisify(execFile)('ps', ['-o', 'comm=', '-p', String(pid)]).then(
    ({ stdout }) => /postgres\s*$/.test(stdout),
    () => false,
  );
}

const readLink = (path: string) => readlink(path).catch(() => null);

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
