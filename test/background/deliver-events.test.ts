// Whole gateways that deliver to real addresses, whose messages are verified by the tools that receivers use.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { openWebhookReceiver } from '../support/servers/webhook-receiver.ts';
import { send } from '../support/transports/change-transports.ts';

const cleanup = new AsyncDisposableStack();
/** On one database. */
const gateways: Gateway[] = [];
let client: pg.Client;
let databaseUrl: string;
let dataDir: string;

beforeAll(async () => {
  ({ url: databaseUrl } = cleanup.use(await createDatabase(inject('postgresUrl'))));
  dataDir = await mkdtemp(join(tmpdir(), 'gateways-'));
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  for (let count = 0; count < 2; count += 1) gateways.push(cleanup.use(await start()));
  client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  cleanup.defer(() => client.end());
});
afterAll(() => cleanup.disposeAsync());

const start = () => startGateway({ DATABASE_URL: databaseUrl, DATA_DIR: dataDir, URI_ALLOW_HOSTS: '127.0.0.1' });

type Target = { readonly url: string; readonly token: string };
type Shown = { readonly id: string; readonly secret: string; readonly cursor: string };

/** An account with a webhook at a receiver of its own; `at` is the number of the gateway. */
async function open(fields: object = {}) {
  const receiver = await openWebhookReceiver();
  const account = randomUUID();
  const targets = await Promise.all(gateways.map(async ({ url, token }) => ({ url, token: await token({ account }) })));
  const [target, other] = targets as [Target, Target];
  const call = async (
    method: string,
    path: string,
    { at = target, ...body }: { at?: Target; [field: string]: unknown } = {},
  ) => {
    const { status, json } = await send(method, path, { ...at, ...(Object.keys(body).length === 0 ? {} : { body }) });
    expect(status, json.error).toBe(200);
    return json;
  };
  const add = async (more: object = {}): Promise<Shown> =>
    call('POST', '/v1/webhooks', { url: receiver.url, ...fields, ...more });
  const webhook = await add();
  const path = `/v1/webhooks/${webhook.id}`;
  return {
    account,
    receiver,
    webhook,
    add,
    target,
    other,
    call,
    path,
    create: async (name: string, { directoryPath = '/', at = target } = {}): Promise<string> => {
      const content = 'data:text/plain;base64,SGVsbG8=';
      return (await call('POST', '/v1/resources', { name, directory_path: directoryPath, content, at })).id;
    },
    show: () => call('GET', path),
    deliveries: async (query = '') => (await call('GET', `${path}/deliveries${query}`)).items,
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

type World = Awaited<ReturnType<typeof open>>;

/** Until what another process does has been done. */
const eventually = <Result>(look: () => Promise<Result> | Result) =>
  vi.waitFor(look, { timeout: 30_000, interval: 50 });

const subjects = ({ receiver, webhook }: World) => receiver.verifyAll(webhook.secret).map(({ subject }) => subject);

describe('a webhook', () => {
  test('is told of everything as the log has it, signed, in its order, each event once', async () => {
    await using world = await open();
    const { receiver, webhook, call, create } = world;
    const id = await create('a', { directoryPath: '/a' });
    await call('PATCH', `/v1/resources/${id}`, { name: 'b', tags: ['t'] });
    await call('POST', '/v1/directories/move', { from: '/a', to: '/b' });
    await call('DELETE', `/v1/resources/${id}`);
    // The log ends before any transaction of the server that is still under way.
    const events = await eventually(async () => {
      const page = await call('GET', '/v1/events');
      expect(page.events.at(-1)).toMatchObject({ type: 'resource.trashed' });
      return page.events;
    });
    const messages = await receiver.until(events.length);
    const ofResource = (list: readonly { subject: string | null }[]) => list.filter(({ subject }) => subject === id);
    const told = receiver.verifyAll(webhook.secret);
    expect(told).toHaveLength(events.length);
    expect(told).toEqual(expect.arrayContaining(events));
    expect(ofResource(told)).toEqual(ofResource(events));
    for (const { body, headers, method } of messages) {
      expect(method).toBe('POST');
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
      expect(headers['webhook-id']).toBe(JSON.parse(body).id);
      expect(headers).not.toHaveProperty('authorization');
    }
    await eventually(async () => {
      const deliveries = await world.deliveries();
      expect(deliveries.map(({ event_id }: { event_id: string }) => event_id)).toEqual(
        events.map((event: { id: string }) => event.id).reverse(),
      );
      for (const { state, attempts } of deliveries) {
        expect({ state, attempts }).toMatchObject({ state: 'delivered', attempts: [{ status: 204, error: null }] });
      }
    });
    expect(await call('GET', `/v1/events?after=${(await world.show()).cursor}`)).toMatchObject({ events: [] });
  });

  test('is told of what it asks for alone', async () => {
    await using world = await open({ types: ['resource.created'], directory_path: '/a' });
    const { create, call, receiver } = world;
    await create('x', { directoryPath: '/b' });
    const first = await create('y', { directoryPath: '/a/b' });
    await call('DELETE', `/v1/resources/${first}`);
    const last = await create('z', { directoryPath: '/a' });
    await receiver.until(2);
    expect(subjects(world)).toEqual([first, last]);
  });

  test('is told of nothing that was before it, nor of another account', async () => {
    await using world = await open();
    await using other = await open();
    const { create, add, receiver } = world;
    const before = await create('before');
    await receiver.until(1);
    const later = await add({ url: `${receiver.url}/later` });
    await other.create('theirs');
    const after = await create('after');
    await receiver.until(3);
    const of = (path: string) =>
      receiver.messages.filter((message) => message.path === path).map(({ body }) => JSON.parse(body).subject);
    expect(of('/hook')).toEqual([before, after]);
    expect(of('/hook/later')).toEqual([after]);
    expect(later.cursor).not.toBe(world.webhook.cursor);
  });

  test('is told once of what happens at any gateway, by whichever comes first', async () => {
    await using world = await open();
    const { create, receiver, target, other } = world;
    const ids: string[] = [];
    for (let count = 0; count < 30; count += 1)
      ids.push(await create(`${count}`, { at: count % 2 === 0 ? other : target }));
    await receiver.until(ids.length);
    await eventually(async () => expect((await world.deliveries('?limit=200')).length).toBe(ids.length));
    expect(subjects(world).toSorted()).toEqual(ids.toSorted());
  });

  test('is sent again what failed, with the same id and a new time, and has a record of both attempts', async () => {
    await using world = await open();
    const { receiver, create } = world;
    receiver.answer((_message, response) => response.writeHead(500).end('not\0now'));
    const id = await create('a');
    await receiver.until(1);
    await eventually(async () => {
      const [delivery] = await world.deliveries('?failed=true');
      expect(delivery).toMatchObject({
        type: 'resource.created',
        state: 'retrying',
        attempts: [{ status: 500, response: 'not\ufffdnow', error: 'the address answered 500' }],
      });
      const pauseMs = Date.parse(delivery.next_attempt_at) - Date.parse(delivery.attempts[0].at);
      expect(pauseMs).toBeGreaterThanOrEqual(5_000);
      expect(pauseMs).toBeLessThanOrEqual(6_000);
    });
    expect((await world.show()).failing_since).not.toBeNull();
    receiver.answer();
    await receiver.until(2);
    const [first, second] = receiver.messages;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(Number(second?.headers['webhook-timestamp'])).toBeGreaterThan(Number(first?.headers['webhook-timestamp']));
    expect(subjects(world)).toEqual([id, id]);
    await eventually(async () => {
      expect(await world.deliveries('?failed=true')).toEqual([]);
      expect(await world.deliveries()).toMatchObject([
        { state: 'delivered', attempts: [{ status: 500 }, { status: 204 }] },
      ]);
      expect((await world.show()).failing_since).toBeNull();
    });
  });

  test('is left alone for as long as it asks', async () => {
    await using world = await open();
    const { receiver, create } = world;
    receiver.answer((_message, response) => response.writeHead(503, { 'retry-after': '3600' }).end());
    await create('a');
    await receiver.until(1);
    await eventually(async () => {
      const [{ next_attempt_at, attempts }] = await world.deliveries();
      expect(Date.parse(next_attempt_at) - Date.parse(attempts[0].at)).toBe(3_600_000);
    });
    await create('b');
    const { rows } = await client.query(
      "select resume_at > now() + interval '50 minutes' as held from webhooks where id = $1",
      [world.webhook.id],
    );
    expect(rows).toEqual([{ held: true }]);
    expect(receiver.messages).toHaveLength(1);
  });

  test('that says it is gone is switched off, and goes on where it was when it is switched on again', async () => {
    await using world = await open();
    const { receiver, create, call, path } = world;
    receiver.answer((_message, response) => response.writeHead(410).end());
    await create('a');
    await eventually(async () => expect(await world.show()).toMatchObject({ enabled: false, disabled_reason: 'gone' }));
    expect(await world.deliveries()).toMatchObject([{ state: 'failed', next_attempt_at: null }]);
    const ids = [await create('b'), await create('c')];
    receiver.answer();
    expect(await call('PATCH', path, { enabled: true })).toMatchObject({ enabled: true, disabled_reason: null });
    await receiver.until(3);
    expect(subjects(world).slice(1)).toEqual(ids);
  });

  test('is switched off when nothing has come through from the first attempt to the last', async () => {
    await using world = await open();
    const { receiver, create, webhook } = world;
    receiver.answer((_message, response) => response.writeHead(500).end());
    await create('a');
    await eventually(async () => expect(await world.deliveries()).toMatchObject([{ state: 'retrying' }]));
    // As after three days of the same.
    await client.query(
      `with failing as (
         update webhooks set failing_since = now() - interval '77 hours', failures = 9, resume_at = null where id = $1
         returning account_id, id
       )
       update webhook_deliveries set due_at = now(), attempts = (
         select jsonb_agg(attempt) from (
           select jsonb_set(attempts -> 0, '{at}', to_jsonb(now() - interval '76 hours')) as attempt from generate_series(1, 9)
         ) as before
       ) from failing where webhook_id = failing.id`,
      [webhook.id],
    );
    await eventually(async () =>
      expect(await world.show()).toMatchObject({ enabled: false, disabled_reason: 'failing' }),
    );
    const [delivery] = await world.deliveries('?failed=true');
    expect(delivery).toMatchObject({ state: 'failed', next_attempt_at: null });
    expect(delivery.attempts).toHaveLength(10);
  });

  test('follows no redirect', async () => {
    await using world = await open();
    await using elsewhere = await openWebhookReceiver();
    const { receiver, create } = world;
    receiver.answer((_message, response) => response.writeHead(307, { location: elsewhere.url }).end());
    await create('a');
    await eventually(async () =>
      expect(await world.deliveries()).toMatchObject([
        {
          state: 'retrying',
          attempts: [{ status: 307, error: 'the address answered 307; redirects are not followed' }],
        },
      ]),
    );
    expect(elsewhere.messages).toEqual([]);
  });

  test('signs with the secret before as well for a day after it was replaced', async () => {
    await using world = await open();
    const { receiver, create, call, path, webhook } = world;
    const rotated = await call('POST', `${path}/rotate-secret`);
    expect(rotated.secret).not.toBe(webhook.secret);
    await create('a');
    const [first] = await receiver.until(1);
    for (const secret of [webhook.secret, rotated.secret]) {
      new Webhook(secret).verify(first?.body ?? '', first?.headers as never);
    }
    await client.query('update webhooks set previous_secret_until = now() where id = $1', [webhook.id]);
    await create('b');
    const second = (await receiver.until(2))[1];
    new Webhook(rotated.secret).verify(second?.body ?? '', second?.headers as never);
    expect(() => new Webhook(webhook.secret).verify(second?.body ?? '', second?.headers as never)).toThrow();
  });

  test('is told again of everything behind a cursor, with the ids that it has', async () => {
    await using world = await open();
    const { receiver, create, call, path, webhook } = world;
    const ids = [await create('a'), await create('b'), await create('c')];
    await receiver.until(3);
    await eventually(async () => expect((await world.deliveries()).length).toBe(3));
    const { events } = await call('GET', '/v1/events');
    await call('POST', `${path}/replay`, { after: events[0].cursor });
    await receiver.until(5);
    await call('POST', `${path}/replay`, { after: webhook.cursor });
    await receiver.until(8);
    expect(subjects(world)).toEqual([...ids, ...ids.slice(1), ...ids]);
    const messageIds = receiver.messages.map(({ headers }) => headers['webhook-id']);
    expect(new Set(messageIds).size).toBe(3);
  });

  test('passes over what waits when it is told to go to the end', async () => {
    await using world = await open();
    const { receiver, create, call, path } = world;
    await call('PATCH', path, { enabled: false });
    const before = await create('a');
    // The log's end lies before whatever any transaction on the server may still write.
    type Events = { readonly events: readonly { readonly subject: string }[] };
    const told = async () => ((await call('GET', '/v1/events')) as Events).events.map(({ subject }) => subject);
    await expect.poll(told).toContain(before);
    await call('POST', `${path}/replay`, { after: 'latest' });
    await call('PATCH', path, { enabled: true });
    const id = await create('b');
    await receiver.until(1);
    expect(subjects(world)).toEqual([id]);
  });

  test('gets a test that is signed, and recorded nowhere', async () => {
    await using world = await open();
    const { receiver, call, path, webhook } = world;
    expect(await call('POST', `${path}/test`)).toMatchObject({ delivered: true, status: 204 });
    expect(receiver.verifyAll(webhook.secret)).toMatchObject([
      { type: 'webhook.test', data: { webhook_id: webhook.id } },
    ]);
    expect(await world.deliveries()).toEqual([]);
  });

  test('that does not answer holds up no other', async () => {
    await using world = await open();
    const { receiver, create, add } = world;
    receiver.answer(({ path }, response) => {
      if (path === '/hook/good') response.writeHead(204).end();
    });
    await add({ url: `${receiver.url}/good` });
    const ids: string[] = [];
    for (let count = 0; count < 20; count += 1) ids.push(await create(`${count}`));
    const good = () => receiver.messages.filter(({ path }) => path === '/hook/good');
    await eventually(() => expect(good()).toHaveLength(20));
    expect(
      good()
        .map(({ body }) => JSON.parse(body).subject)
        .toSorted(),
    ).toEqual(ids.toSorted());
  });

  test('is sent no more than a few messages at once, however many wait', async () => {
    await using world = await open();
    const { receiver, create } = world;
    let waiting = 0;
    let most = 0;
    receiver.answer((_message, response) => {
      waiting += 1;
      most = Math.max(most, waiting);
      setImmediate(() => {
        waiting -= 1;
        response.writeHead(204).end();
      });
    });
    await Promise.all(Array.from({ length: 100 }, (_, index) => create(`${index}`)));
    await receiver.until(100);
    expect(most).toBeLessThanOrEqual(8);
    expect(new Set(subjects(world)).size).toBe(100);
  });
});

describe('a gateway that stops', () => {
  test('waits for what is under way, begins nothing else, and another goes on', async () => {
    const leaving = await start();
    await using world = await open();
    const { receiver, create, account } = world;
    const at = { url: leaving.url, token: await leaving.token({ account }) };
    const arrived = Promise.withResolvers<() => void>();
    receiver.answer((_message, response) => arrived.resolve(() => response.writeHead(204).end()));
    await create('a', { at });
    const finish = await arrived.promise;
    const stopped = leaving[Symbol.asyncDispose]();
    receiver.answer();
    finish();
    await stopped;
    const ids = [await create('b'), await create('c')];
    await receiver.until(3);
    await eventually(async () => expect(await world.deliveries()).toHaveLength(3));
    expect(subjects(world).slice(1)).toEqual(ids);
  });
});
