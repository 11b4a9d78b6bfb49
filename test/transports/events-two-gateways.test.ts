import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { send } from '../support/transports/change-transports.ts';
import { EVENT_TRANSPORTS } from '../support/transports/event-transports.ts';

const cleanup = new AsyncDisposableStack();
const gateways: Gateway[] = [];
beforeAll(async () => {
  const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
  const dataDir = await mkdtemp(join(tmpdir(), 'gateways-'));
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  for (let count = 0; count < 2; count += 1) {
    gateways.push(cleanup.use(await startGateway({ DATABASE_URL: url, DATA_DIR: dataDir })));
  }
});
afterAll(() => cleanup.disposeAsync());

test.each(EVENT_TRANSPORTS)(
  '$name tells on each gateway what happens on the other, by one cursor',
  async (transport) => {
    const account = randomUUID();
    const targets = await Promise.all(
      gateways.map(async ({ url, token }) => ({ url, token: await token({ account }) })),
    );
    const [here, there] = targets as [(typeof targets)[0], (typeof targets)[0]];
    const { json } = await send('GET', '/v1/events?after=latest', here);
    const readers = targets.map((target) => transport.watch({ after: json.cursor }, target));
    const ids: string[] = [];
    for (let count = 0; count < 10; count += 1) {
      const body = { name: `${count}`, directory_path: '/', content: 'data:text/plain;base64,SGVsbG8=' };
      const created = await send('POST', '/v1/resources', { ...(count % 2 === 0 ? here : there), body });
      ids.push(created.json.id);
    }
    for (const reader of readers) {
      expect((await reader.until(10)).map(({ subject }) => subject)).toEqual(ids);
      reader.close();
    }
    // What one gave, the other goes on from.
    const middle = readers[0]?.events[4]?.cursor;
    const rest = await transport.list({ after: middle }, there);
    expect((rest.value as { events: { subject: string }[] }).events.map(({ subject }) => subject)).toEqual(
      ids.slice(5),
    );
  },
);

test.each(EVENT_TRANSPORTS)('$name ends its live readers when the gateway stops', async (transport) => {
  await using database = await createDatabase(inject('postgresUrl'));
  const gateway = await startGateway({ DATABASE_URL: database.url, DRAIN_MS: '600000' });
  const target = { url: gateway.url, token: await gateway.token() };
  const reader = transport.watch({}, target);
  const body = { name: 'a', directory_path: '/', content: 'data:text/plain;base64,SGVsbG8=' };
  // It has begun when it is told something.
  for (let count = 0; reader.events.length === 0; count += 1) {
    await send('POST', '/v1/resources', { ...target, body: { ...body, name: `${count}` } });
  }
  // Would wait for as long as the lease lasts, or running requests may.
  await gateway[Symbol.asyncDispose]();
  reader.close();
  expect(reader.events.length).toBeGreaterThan(0);
});
