import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';

const SCRIPT = resolve(import.meta.dirname, '../../examples/curl/upload.sh');

test('the shell script sends a file, downloads the same bytes, and stores nothing twice when it is run again', async () => {
  await using gateway = await startGateway();
  const directory = await mkdtemp(join(tmpdir(), 'gateway-curl-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(directory, { recursive: true }));
  const file = join(directory, 'a file & more.bin');
  await writeFile(file, Buffer.alloc(300_000, 'content'));

  const env = { ...process.env, URL: gateway.url, TOKEN: await gateway.token() };
  const upload = async () => (await promisify(execFile)(SCRIPT, [file, '/from curl'], { env })).stdout;
  const first = await upload();
  expect(JSON.parse(first.split('\n')[0] as string)).toMatchObject({
    name: 'a file & more.bin',
    directory_path: '/from curl',
    size_bytes: 300_000,
  });
  expect(first).toMatch(/the download of [\w-]{36} is the file that was sent\n$/);
  expect(await upload()).toBe(first);
});
