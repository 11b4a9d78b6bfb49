import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, inject, test } from 'vitest';
import { runScript, spawnGateway } from '../support/acceptance/process.ts';
import { createDatabase } from '../support/servers/postgres.ts';

const pidsOf = (output: string) => [...output.matchAll(/"pid":(\d+),"address"/g)].map((match) => Number(match[1]));

test('several workers serve one port, one that dies is replaced, and all of them stop', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  await using gateway = await spawnGateway({
    env: { DATABASE_URL: database.url, WORKERS: '2', SWEEP_INTERVAL_MS: '0' },
  });
  const headers = { authorization: `Bearer ${await gateway.token()}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'raced', directory_path: '/', content: 'data:text/plain;base64,SGVsbG8=' });
  const create = () => fetch(`${gateway.url}/v1/resources`, { method: 'POST', headers, body });
  await expect.poll(() => pidsOf(gateway.output()).length, { timeout: 20_000 }).toBe(2);

  const statuses = (await Promise.all(Array.from({ length: 100 }, create))).map(({ status }) => status);
  expect(statuses.sort()).toEqual([200, ...Array.from({ length: 99 }, () => 409)]);

  process.kill(pidsOf(gateway.output())[0] as number, 'SIGKILL');
  await expect.poll(() => pidsOf(gateway.output()).length, { timeout: 20_000 }).toBe(3);
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  expect(await gateway.stop('SIGTERM')).toBe(0);
});

/** Whether the connection came to an end, or got an answer, without ours ending it. */
async function askOnce(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.on('error', () => {}).write('GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n');
  const heard = new Promise<void>((resolve) => socket.once('data', () => resolve()).once('close', () => resolve()));
  return { socket, heard };
}

test('a worker that is killed leaves no connection open that it was given and never answered', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  await using gateway = await spawnGateway({
    env: { DATABASE_URL: database.url, WORKERS: '2', SWEEP_INTERVAL_MS: '0' },
  });
  await expect.poll(() => pidsOf(gateway.output()).length, { timeout: 20_000 }).toBe(2);
  const pids = pidsOf(gateway.output());
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  const asked = await Promise.all(Array.from({ length: 6 }, () => askOnce(gateway.url)));
  try {
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await Promise.all(asked.map(({ heard }) => heard));
  } finally {
    for (const { socket } of asked) socket.destroy();
  }
  await expect.poll(() => pidsOf(gateway.output()).length, { timeout: 20_000 }).toBe(4);
});

test('several workers that cannot start end with a failure', async () => {
  const env = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', WORKERS: '2', PORT: '0' };
  const { code, stderr } = await runScript(['src/main.ts'], env);
  expect(code).toBe(1);
  expect(stderr).toMatch(/Cannot start/);
});
