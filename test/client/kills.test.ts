// Uploads that outlive the gateway they were sent to, and the program that sent them.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../client/src/index.ts';
import { openFile } from '../../client/src/node.ts';
import { spawnGateway } from '../support/acceptance/process.ts';
import { startGateway } from '../support/gateway.ts';
import { sha256Of } from '../support/tus/client.ts';
import { openFrontDoor } from '../support/tus/front-door.ts';

const content = randomBytes(40_000_000);
let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'client-kills-'));
  path = join(folder, 'large.bin');
  await writeFile(path, content);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('an upload outlives a gateway that is killed in the middle of it and comes again', async () => {
  const dataDir = join(folder, 'data');
  await using door = await openFrontDoor();
  const first = await spawnGateway({ dataDir });
  door.openTo(first.url);
  const token = await first.token();
  const killed = Promise.withResolvers<void>();
  let isKilled = false;
  const client = createClient({ url: door.url, token });
  const uploading = client.upload(await openFile(path), {
    directoryPath: '/',
    pieceBytes: 4_000_000,
    retries: 30,
    onProgress({ sentBytes }) {
      if (isKilled || sentBytes < content.length / 2) return;
      isKilled = true;
      first.stop('SIGKILL').then(() => killed.resolve(), killed.reject);
    },
  });
  await killed.promise;
  await using second = await spawnGateway({ dataDir });
  door.openTo(second.url);
  expect(await uploading).toMatchObject({ name: 'large.bin', sha256: sha256Of(content) });
  expect((await client.api.resource.list.query({})).items).toHaveLength(1);
});

test('a program that is killed goes on from its journal when it runs again, and keeps nothing when it is done', async () => {
  await using gateway = await startGateway();
  await using door = await openFrontDoor();
  door.openTo(gateway.url);
  const journal = join(folder, 'journal');
  const args = ['test/support/client/upload-file.ts', door.url, await gateway.token(), path, journal];

  const first = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(first, 'exit');
  for await (const line of createInterface(first.stdout)) if (Number(line) > 30_000_000) first.kill('SIGKILL');
  expect((await ended)[1]).toBe('SIGKILL');
  const passed = door.passedBytes();

  const second = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  for await (const line of createInterface(second.stdout)) lines.push(line);
  expect(JSON.parse(lines.at(-1) ?? 'null')).toMatchObject({ sha256: sha256Of(content) });
  expect(door.passedBytes() - passed).toBeLessThan(15_000_000);
  expect(await readdir(journal)).toEqual([]);
});
