import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, inject, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { countOperations, readMetrics } from '../support/transports/observing.ts';

const pidsOf = (output: string) => [...output.matchAll(/"pid":(\d+),"address"/g)].map((match) => Number(match[1]));

test('the metrics of several workers are told together, whichever is asked', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  await using gateway = await spawnGateway({
    env: { DATABASE_URL: database.url, WORKERS: '2', SWEEP_INTERVAL_MS: '0' },
  });
  await expect.poll(() => pidsOf(gateway.output()).length, { timeout: 20_000 }).toBe(2);
  const headers = { authorization: `Bearer ${await gateway.token()}`, connection: 'close' };
  const lists = Array.from({ length: 40 }, () => fetch(`${gateway.url}/v1/resources`, { headers }));
  for (const list of lists) await (await list).text();
  const answering = () => new Set([...gateway.output().matchAll(/"pid":(\d+),"requestId"/g)].map(([, pid]) => pid));
  await expect.poll(() => answering().size).toBe(2);
  const listed = { operation: 'resources', transport: 'rest', code: 'ok' };
  await expect.poll(() => countOperations(gateway, listed), { timeout: 20_000 }).toBe(40);
  const again = await Promise.all(Array.from({ length: 10 }, () => countOperations(gateway, listed)));
  expect(new Set(again)).toEqual(new Set([40]));
  const samples = await readMetrics(gateway);
  expect(samples.get('gateway_database_pool{state="open"}')).toBeGreaterThan(0);
  const bounds = ['streams', 'large_bodies', 'store_reads', 'remote_fetches', 'statements'].map((slots) =>
    samples.get(`gateway_slots_max{slots="${slots}"}`),
  );
  expect(bounds).toEqual([512, 1024, 512, 128, 14]);
  expect([...samples.keys()].filter((name) => name.includes('dependency="database"')).length).toBeGreaterThan(0);
});

test('metrics are told on an address of their own when one is named, and only there', async () => {
  await using gateway = await spawnGateway({ env: { METRICS_ADDRESS: '127.0.0.1:0' } });
  const [, address] = /"metricsAddress":"(http:[^"]+)"/.exec(gateway.output()) ?? [];
  expect(await (await fetch(address as string)).text()).toContain('http_requests_total');
  expect((await fetch(`${gateway.url}/metrics`)).status).toBe(404);
  expect((await fetch((address as string).replace('/metrics', '/healthz'))).status).toBe(404);
  expect(await gateway.stop('SIGTERM')).toBe(0);
});

test('a stopping gateway first says that it is not ready, and still serves', async () => {
  await using gateway = await spawnGateway({ env: { STOP_DELAY_MS: '3000' } });
  const stopped = gateway.stop('SIGTERM');
  await expect.poll(async () => (await fetch(`${gateway.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  expect(await stopped).toBe(0);
});

test('a request that does not end is cut off when the time to drain is over', async () => {
  await using gateway = await spawnGateway({ env: { DRAIN_MS: '1' } });
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  const token = await gateway.token();
  const head = `Authorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 1000`;
  socket.write(`POST /v1/resources HTTP/1.1\r\nHost: a\r\nX-Request-Id: cut-upload\r\n${head}\r\n\r\n{"name":"a`);
  await fetch(`${gateway.url}/healthz`);
  const closed = once(socket, 'close');
  expect(await gateway.stop('SIGTERM')).toBe(0);
  await closed;
  const lines = gateway
    .output()
    .split('\n')
    .filter((line) => line.includes('"requestId":"cut-upload"'));
  expect(lines).toHaveLength(1);
  const event = JSON.parse(lines[0] as string);
  expect(event).toMatchObject({ aborted: true, operation: 'createResource', transport: 'rest', subject: 'alice' });
  expect(event.clientAddress).toBe('127.0.0.1');
  expect(event.bytesIn).toBeGreaterThan(100);
});
