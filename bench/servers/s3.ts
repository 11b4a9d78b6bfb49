// Ceph RGW for the time of one measure; it keeps everything in memory, so a fresh one for each.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

export type S3 = AsyncDisposable & {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

const SCRIPT = resolve(import.meta.dirname, '../../test/support/servers/s3-rgw.ts');

/** Starts Ceph RGW, or gives null when this machine does not have it. */
export async function startS3(): Promise<S3 | null> {
  const child = spawn(process.execPath, ['--no-warnings', SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  const stop = async () => {
    child.stdin.end();
    await exited;
  };
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), exited.then(() => ['{}'])]);
  const { endpoint, accessKeyId, secretAccessKey } = JSON.parse(String(line));
  if (endpoint !== undefined) return { endpoint, accessKeyId, secretAccessKey, [Symbol.asyncDispose]: stop };
  await stop();
  return null;
}
