// Starts every S3 server that this machine has, once for a whole run of the tests, and stops them afterwards.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

export type S3Server = {
  readonly name: string;
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Whether it behaves as S3 does. One that does not can neither abort nor list multipart uploads. */
  readonly faithful: boolean;
};

declare module 'vitest' {
  interface ProvidedContext {
    s3Servers: readonly S3Server[];
  }
}

type Running = { readonly server: S3Server; readonly stop: () => Promise<void> };

const START_TIMEOUT_MS = 45_000;
const STOP_TIMEOUT_MS = 10_000;

/**
 * Runs one of the scripts beside this file. It prints its server as a line of JSON once that answers, and ends, with
 * everything it began, when its standard input does: so nothing outlives a run, even one that was killed.
 */
async function start(script: string): Promise<Running | null> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, ['--openssl-legacy-provider', '--no-warnings', path], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit').catch(() => undefined);
  const stop = async (): Promise<void> => {
    child.stdin.end();
    const killing = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(killing);
  };

  let complaint = '';
  child.stderr.on('data', (piece: Buffer) => {
    complaint = (complaint + piece.toString()).slice(-2_000);
  });
  child.stdin.on('error', () => undefined);
  const tooLate = setTimeout(stop, START_TIMEOUT_MS);
  const lines = createInterface({ input: child.stdout });
  const firstLine = await Promise.race([once(lines, 'line'), exited.then(() => null)]);
  clearTimeout(tooLate);
  const answer: unknown = firstLine === null ? null : JSON.parse(String(firstLine[0]));
  if (isServer(answer)) return { server: answer, stop };

  await stop();
  const reason = isSkip(answer) ? answer.skip : (complaint.trim().split('\n').at(-1) ?? 'it ended');
  console.info(`tests run without ${script}: ${reason}`);
  return null;
}

function isServer(answer: unknown): answer is S3Server {
  return typeof answer === 'object' && answer !== null && 'endpoint' in answer;
}

function isSkip(answer: unknown): answer is { skip: string } {
  return typeof answer === 'object' && answer !== null && 'skip' in answer;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await Promise.all(['s3-s3rver.ts', 's3-rgw.ts'].map(start));
  const running = started.filter((found) => found !== null);
  project.provide(
    's3Servers',
    running.map(({ server }) => server),
  );
  return async () => {
    await Promise.all(running.map(({ stop }) => stop()));
  };
}
