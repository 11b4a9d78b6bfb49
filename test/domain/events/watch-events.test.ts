import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createShares } from '../../../src/domain/caller/shares.ts';
import { GatewayError } from '../../../src/domain/errors.ts';
import type { LoggedEvent } from '../../../src/domain/events/event.ts';
import { createEventFeed } from '../../../src/domain/events/feed.ts';
import { type EventWatch, type Told, type WatchCall, watchEvents } from '../../../src/domain/events/watch-events.ts';
import { createMemoryLog, cursors } from '../../support/domain/memory-log.ts';

const HOUR_MS = 3_600_000;

function createWorld({ leaseMs = HOUR_MS, heartbeatMs = HOUR_MS, pollMs = 5, maxReaders = 1_000 } = {}) {
  const log = createMemoryLog();
  const failures: unknown[] = [];
  const feed = createEventFeed({ log, cursors, pollMs, onFailure: (error) => failures.push(error) });
  onTestFinished(() => feed.close());
  const readers = createShares({
    max: 2 * maxReaders,
    maxPerAccount: maxReaders,
    waitMs: 0,
    maxWaitingPerAccount: 0,
    full: 'too many readers',
  });
  const catchingUp = createShares({
    max: 2,
    maxPerAccount: 1,
    waitMs: HOUR_MS,
    maxWaitingPerAccount: 10_000,
    full: 'too many',
  });
  const counts = { rest: 0, graphql: 0, trpc: 0 };

  function callOf({ scopes = ['resources:read'], expiresAtMs = Date.now() + HOUR_MS, accountId = 'acme' } = {}) {
    const leaving = new AbortController();
    const principal = { accountId, subject: null, scopes: new Set(scopes), expiresAtMs };
    const ports = {
      repository: log,
      cursors,
      feed,
      readers,
      catchingUp,
      held: { bytes: 0 },
      counts,
      times: { leaseMs, heartbeatMs },
    };
    const call: WatchCall = { ...ports, principal, signal: leaving.signal };
    return { call, leaving };
  }

  return {
    log,
    feed,
    failures,
    readers,
    counts,
    callOf,
    async watch(input: Partial<Parameters<typeof watchEvents>[0]> = {}, who: Parameters<typeof callOf>[0] = {}) {
      const { call, leaving } = callOf(who);
      onTestFinished(() => leaving.abort());
      const { told } = await watchEvents({ transport: 'rest', after: 'latest', ...input }, call);
      // That of the beginning.
      const first = (await told.next()).value as Told;
      return { told, leaving, first, cursor: first.cursor };
    },
  };
}

type Watched = Pick<EventWatch, 'told'>;
/** What a reader has been told beyond what it was to take. */
const left = new WeakMap<EventWatch['told'], LoggedEvent[]>();

/** The next `count` events, heartbeats left out. */
async function take({ told }: Watched, count: number): Promise<LoggedEvent[]> {
  const events = left.get(told) ?? [];
  while (events.length < count) {
    const next = await told.next();
    if (next.done === true) throw new Error(`ended after ${events.length} events`);
    events.push(...next.value.events);
  }
  left.set(told, events.slice(count));
  return events.slice(0, count);
}

const positions = (events: readonly LoggedEvent[]) => events.map(({ position }) => position.id);

test('tells everything once and in order: what there is behind the cursor, and then what comes', async () => {
  const { log, watch, feed } = createWorld();
  const { cursor } = await watch();
  const written = Array.from({ length: 500 }, () => log.write());
  const reader = await watch({ after: cursor });
  expect(positions(await take(reader, 500))).toEqual(positions(written));
  for (let round = 0; round < 20; round += 1) {
    const next = [log.write(), log.write()];
    feed.wake('acme');
    expect(positions(await take(reader, 2))).toEqual(positions(next));
  }
});

test('loses nothing for readers that come, go, and read slowly while others write', async () => {
  const { log, watch, feed } = createWorld();
  const written: LoggedEvent[] = [];
  const { cursor: start } = await watch();
  const COUNT = 5_000;

  async function write() {
    while (written.length < COUNT) {
      for (let burst = 0; burst < 50; burst += 1) written.push(log.write());
      log.write({ accountId: 'other' });
      feed.wake('acme');
      await setImmediate();
    }
  }
  async function read(seed: number): Promise<bigint[]> {
    const found: LoggedEvent[] = [];
    let after = start;
    for (let step = seed; found.length < COUNT; step += 1) {
      const reader = await watch({ after });
      const count = Math.min(COUNT - found.length, 1 + ((step * 7919) % 700));
      for (const event of await take(reader, count)) {
        found.push(event);
        after = cursors.toEvent(event, cursorEpoch(start)).cursor;
        if (found.length % 97 === seed) await setImmediate();
      }
      reader.leaving.abort();
    }
    return positions(found);
  }
  const [, ...all] = await Promise.all([write(), ...Array.from({ length: 5 }, (_, seed) => read(seed))]);
  for (const found of all) expect(found).toEqual(positions(written));
});

const cursorEpoch = (cursor: string) => cursors.parse(cursor, 'acme').epoch;

test('holds little for a reader that does not read, and reads from the log what it has missed', async () => {
  const { log, watch, feed } = createWorld();
  const reader = await watch();
  const quick = await watch();
  const written: LoggedEvent[] = [];
  for (let round = 0; round < 20; round += 1) {
    for (let count = 0; count < 100; count += 1) written.push(log.write());
    feed.wake('acme');
    await take(quick, 100);
  }
  const before = log.calls.followEvents ?? 0;
  expect(positions(await take(reader, 2_000))).toEqual(positions(written));
  expect(log.calls.followEvents).toBeGreaterThan(before);
});

test('looks at nothing while nobody listens, and once for all who do', async () => {
  const { log, watch, feed } = createWorld();
  log.write();
  feed.wake('acme');
  await setImmediate();
  expect(log.calls.readNews ?? 0).toBe(0);

  const readers = await Promise.all(Array.from({ length: 100 }, () => watch()));
  const all = Promise.all(readers.map((reader) => take(reader, 3)));
  await Promise.all(readers.map(async (reader) => reader.first));
  const before = log.calls.readNews ?? 0;
  for (let count = 0; count < 3; count += 1) log.write();
  feed.wake('acme');
  await all;
  expect((log.calls.readNews ?? 0) - before).toBeLessThan(20);

  for (const { leaving } of readers) leaving.abort();
  await Promise.all(readers.map(({ told }) => told.next()));
  // The look that is due finds nobody, and none follows.
  const last = await watch({}, { accountId: 'last' });
  last.leaving.abort();
  await last.told.next();
  while (log.calls.readNews !== (await stable(() => log.calls.readNews)));
});

/** The value when it has not changed for some looks' time. */
async function stable<Value>(read: () => Value): Promise<Value> {
  const value = read();
  await new Promise((resolve) => setTimeout(resolve, 50));
  return value;
}

test('tells how far it has come when there is nothing else to tell', async () => {
  const { log, watch } = createWorld({ heartbeatMs: 10 });
  const { told, cursor } = await watch({ types: ['resource.created'] });
  log.write();
  let last = cursor;
  for (let count = 0; count < 5; count += 1) {
    const { value } = await told.next();
    expect(value).toMatchObject({ events: [] });
    last = (value as { cursor: string }).cursor;
  }
  const [before, after] = [cursor, last].map((text) => cursors.parse(text, 'acme').position.xid);
  expect(after).toBeGreaterThan(before as bigint);
});

test.each([
  ['the lease', { leaseMs: 1_000 }, () => ({})],
  ['the token', {}, () => ({ expiresAtMs: Date.now() + 1_000 })],
])('ends with %s, and gives back its place', async (_what, world, createPrincipal) => {
  const { watch, readers, counts } = createWorld(world);
  const { told } = await watch({}, createPrincipal());
  expect(counts.rest).toBe(1);
  expect(await told.next()).toEqual({ done: true, value: undefined });
  expect([readers.state().inUse, counts.rest]).toEqual([0, 0]);
});

test('ends when the process stops, also who has just come', async () => {
  const { watch, feed } = createWorld();
  const { told } = await watch();
  const next = told.next();
  feed.close();
  expect((await next).done).toBe(true);
});

test('ends when the log is another one, and refuses the cursor from before', async () => {
  const { log, watch } = createWorld();
  const { told, cursor } = await watch();
  const next = told.next();
  log.restore();
  expect((await next).done).toBe(true);
  await expect(watch({ after: cursor })).rejects.toMatchObject({ code: 'cursor_gone' });
});

test('goes on after the database was away', async () => {
  const { log, watch, failures } = createWorld();
  const reader = await watch();
  const next = take(reader, 1);
  log.failure = new Error('away');
  while (failures.length === 0) await setImmediate();
  const event = log.write();
  log.failure = null;
  expect(positions(await next)).toEqual([event.position.id]);
});

test('gives back the place of a reader that leaves before it has read', async () => {
  const { callOf, readers, counts } = createWorld();
  const { call, leaving } = callOf();
  await watchEvents({ transport: 'trpc' }, call);
  expect([readers.state().inUse, counts.trpc]).toEqual([1, 1]);
  leaving.abort();
  expect([readers.state().inUse, counts.trpc]).toEqual([0, 0]);
});

test('refuses more readers of one account than it may have, and none of another', async () => {
  const { watch } = createWorld({ maxReaders: 2 });
  await watch();
  await watch();
  await expect(watch()).rejects.toMatchObject({ code: 'overloaded' });
  await watch({}, { accountId: 'other' });
});

test('refuses a reader without the scope, before it takes a place', async () => {
  const { watch, readers } = createWorld();
  await expect(watch({}, { scopes: ['resources:write'] })).rejects.toBeInstanceOf(GatewayError);
  expect(readers.state().inUse).toBe(0);
});
