// A measured server: a process of its own, whose log goes to a file so that reading it costs this process nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ProbeReading } from './probe.ts';

export type ServerProcess = AsyncDisposable & {
  readonly url: URL;
  readonly pid: number;
  /** What it has spent since the last reading. */
  read(): Promise<ProbeReading>;
  /** How it ended, or null while it runs. */
  exit(): string | null;
  /** The end of what it printed. */
  lastWords(): Promise<string>;
};

export type SpawnServerOptions = {
  readonly script: string;
  readonly args?: readonly string[];
  readonly nodeFlags?: readonly string[];
  readonly env: { readonly [name: string]: string };
  /** Where its log goes. */
  readonly directory: string;
};

const ROOT = resolve(import.meta.dirname, '../..');
const PROBE = new URL('./probe.ts', import.meta.url).href;
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 25_000;

/** Starts a server and waits until it has said where it listens. */
export async function spawnServer(options: SpawnServerOptions): Promise<ServerProcess> {
  const { script, args = [], nodeFlags = [], env, directory } = options;
  const logPath = join(directory, 'log');
  await using log = await open(logPath, 'w');
  const child = spawn(process.execPath, [...nodeFlags, '--import', PROBE, script, ...args], {
    cwd: ROOT,
    env,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  const exited = once(child, 'exit');
  const exit = () => (child.exitCode ?? child.signalCode)?.toString() ?? null;
  const lastWords = async () => (await readFile(logPath, 'utf8')).slice(-2_000);

  async function stop(): Promise<void> {
    if (exit() !== null) return;
    child.kill('SIGTERM');
    const killing = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(killing);
  }

  const deadline = Date.now() + START_TIMEOUT_MS;
  while (true) {
    const address = /"address":"(http:[^"]+)"/.exec(await lastWords());
    if (address !== null) {
      const url = new URL(address[1] as string);
      return { url, pid: child.pid as number, read: () => ask(child), exit, lastWords, [Symbol.asyncDispose]: stop };
    }
    if (exit() !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`${script} did not start:\n${await lastWords()}`);
    }
    await pause(20);
  }
}

async function ask(child: ChildProcess): Promise<ProbeReading> {
  const answer = once(child, 'message');
  child.send('read');
  const [reading] = await answer;
  return reading as ProbeReading;
}
