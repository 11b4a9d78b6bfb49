import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { openWebhookReceiver } from '../support/servers/webhook-receiver.ts';
import { send } from '../support/transports/change-transports.ts';

const cleanup = new AsyncDisposableStack();
let gateway: Gateway;
let client: pg.Client;
beforeAll(async () => {
  const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
  gateway = cleanup.use(await startGateway({ DATABASE_URL: url, URI_ALLOW_HOSTS: '127.0.0.1' }));
  client = new pg.Client({ connectionString: url });
  await client.connect();
  cleanup.defer(() => client.end());
});
afterAll(() => cleanup.disposeAsync());

async function readMetric(name: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length));
}

async function openAccount() {
  const target = { url: gateway.url, token: await gateway.token({ account: randomUUID() }) };
  return {
    target,
    create: (name: string) => {
      const body = { name, directory_path: '/', content: 'data:text/plain;base64,SGVsbG8=' };
      return send('POST', '/v1/resources', { ...target, body });
    },
  };
}

test('events that are written are counted, a batch of them too', async () => {
  const { target, create } = await openAccount();
  const before = await readMetric('gateway_events_written_total');
  await create('a');
  const { json } = await create('b');
  await send('DELETE', `/v1/resources/${json.id}`, target);
  expect(await readMetric('gateway_events_written_total')).toBe(before + 3);
});

test('a transaction that holds the end of the log is told by how long it has done so', async () => {
  const { create } = await openAccount();
  await client.query('begin');
  await client.query('select pg_current_xact_id()');
  try {
    // Nothing is held until something comes after it.
    await create('held');
    // The first look sees where the end is, later ones for how long it has been there.
    await vi.waitFor(async () => expect(await readMetric('gateway_event_log_lag_seconds')).toBeGreaterThan(0), {
      timeout: 30_000,
    });
  } finally {
    await client.query('rollback');
  }
});

test('messages to webhooks are counted by what came of them, and the oldest that waits is told by its age', async () => {
  await using receiver = await openWebhookReceiver();
  const { target, create } = await openAccount();
  await send('POST', '/v1/webhooks', { ...target, body: { url: receiver.url } });
  receiver.answer((_message, response) => response.writeHead(500).end());
  await create('a');
  const count = (outcome: string) => readMetric(`gateway_webhook_deliveries_total{outcome="${outcome}"}`);
  await vi.waitFor(async () => expect(await count('failed')).toBe(1), { timeout: 30_000 });
  expect(await readMetric('gateway_webhook_oldest_undelivered_seconds')).toBeGreaterThan(0);
  receiver.answer();
  await vi.waitFor(async () => expect(await count('delivered')).toBe(1), { timeout: 30_000 });
  await vi.waitFor(async () => expect(await readMetric('gateway_webhook_oldest_undelivered_seconds')).toBe(0), {
    timeout: 30_000,
  });
});
