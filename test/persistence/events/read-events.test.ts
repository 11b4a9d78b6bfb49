import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { LogPosition } from '../../../src/domain/events/event.ts';
import { comparePositions, EVENT_TYPES, LOG_START } from '../../../src/domain/events/event.ts';
import { EVERY_EVENT, isWanted } from '../../../src/domain/events/event-filter.ts';
import { openRepository, type Repository } from '../../../src/persistence/repository.ts';
import { readAll, settle } from '../../support/persistence/events.ts';
import { createContent, createRecord, FOR_GOOD } from '../../support/persistence/records.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const cleanup = new AsyncDisposableStack();
let url: string;
let repository: Repository;
const call = { signal: new AbortController().signal };

beforeAll(async () => {
  ({ url } = cleanup.use(await createDatabase(inject('postgresUrl'))));
  repository = cleanup.adopt(await openRepository({ database: { kind: 'postgres', url } }), (it) => it.close());
});
afterAll(() => cleanup.disposeAsync());

async function connect(): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

async function store(changes: Parameters<typeof createRecord>[0] = {}) {
  const record = createRecord({ accountId: randomUUID(), ...changes });
  expect((await repository.insert(record, createContent())).kind).toBe('created');
  return { ...record, expected: null };
}

const INSERT = `insert into events (account_id, type, subject, directory_path, other_path, data) values`;
/** What `JSON.parse` needs of a resource's data. */
const DATA = `'{"tags":[],"createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z"}'`;

describe('a page of the log', () => {
  it('goes on behind each of its events and ends where the log does', async () => {
    const accountId = randomUUID();
    const ids = [];
    for (let count = 0; count < 7; count += 1) ids.push((await store({ accountId })).id);
    const events = await readAll(repository, { accountId, maxCount: 2 });
    expect(events.map(({ subject }) => subject)).toEqual(ids);
    for (const [index, { position }] of events.entries()) {
      const rest = await readAll(repository, { accountId, after: position, maxCount: 3 });
      expect(rest.map(({ subject }) => subject)).toEqual(ids.slice(index + 1));
    }
    expect(events.map(({ position }) => position).toSorted(comparePositions)).toEqual(
      events.map(({ position }) => position),
    );
  });

  it('ends with the event that is heavy enough, and has one however heavy that is', async () => {
    const accountId = randomUUID();
    for (let count = 0; count < 3; count += 1) await store({ accountId, metadata: { text: 'x'.repeat(10_000) } });
    await settle(repository);
    const query = { accountId, after: LOG_START, filter: EVERY_EVENT, maxCount: 10, maxScanned: 10 };
    for (const [maxBytes, count] of [
      [1, 1],
      [15_000, 2],
      [100_000, 3],
    ] as const) {
      const page = await repository.readEvents({ ...query, maxBytes }, call);
      expect(page.events).toHaveLength(count);
      expect(page.isEnd).toBe(count === 3);
    }
    expect(await readAll(repository, { accountId, maxBytes: 1 })).toHaveLength(3);
  });

  it('looks at no more events than it may, and says where it ended although none fit', async () => {
    const accountId = randomUUID();
    for (let count = 0; count < 5; count += 1) await store({ accountId });
    await settle(repository);
    const filter = { ...EVERY_EVENT, types: ['directory.moved' as const] };
    const query = { accountId, filter, maxCount: 10, maxScanned: 2, maxBytes: 1_000 };
    const pages: LogPosition[] = [];
    let after = LOG_START;
    for (let isEnd = false; !isEnd; ) {
      const page = await repository.readEvents({ ...query, after }, call);
      expect(page.events).toEqual([]);
      ({ position: after, isEnd } = page);
      pages.push(after);
    }
    expect(pages).toHaveLength(3);
    expect(pages.toSorted(comparePositions)).toEqual(pages);
  });

  it('holds what the rule for live events says of every filter', async () => {
    const client = cleanup.use(await connect());
    const accountId = randomUUID();
    const paths = ['/', '/a', '/a/b', '/a/b/c', '/a-b', '/b', '/%', '/a/_'];
    const ids = [randomUUID(), randomUUID()];
    for (const type of EVENT_TYPES) {
      for (const path of paths) {
        for (const other of [null, '/a', '/b/c', '/']) {
          const subject = type.startsWith('directory.') ? null : (ids[path.length % 2] as string);
          const values = [accountId, type, subject, path, other];
          await client.query(`${INSERT} ($1, $2, $3, $4, $5, ${DATA})`, values);
        }
      }
    }
    const events = await readAll(repository, { accountId, maxCount: 1_000 });
    expect(events).toHaveLength(EVENT_TYPES.length * paths.length * 4);
    const filters = fc.record({
      types: fc.option(fc.subarray([...EVENT_TYPES])),
      resourceId: fc.option(fc.constantFrom(...ids)),
      directoryPath: fc.option(fc.constantFrom(...paths.filter((path) => path !== '/'))),
    });
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const found = await readAll(repository, { accountId, filter });
        expect(found).toEqual(events.filter((event) => isWanted(event, filter)));
      }),
      { numRuns: 60 },
    );
  });
});

describe('the order of the log', () => {
  it('holds back what is committed while something older is under way, and gives it when that has ended', async () => {
    const accountId = randomUUID();
    await using slow = await connect();
    await slow.query('begin');
    await slow.query(`${INSERT} ($1, 'resource.created', $2, '/', null, ${DATA})`, [accountId, randomUUID()]);
    const { id } = await store({ accountId });
    const before = await repository.readEvents(
      { accountId, after: LOG_START, filter: EVERY_EVENT, maxCount: 10, maxScanned: 10, maxBytes: 1_000 },
      call,
    );
    expect([before.events, before.isEnd, before.log.hasOpen]).toEqual([[], true, true]);
    await slow.query('commit');
    const after = await readAll(repository, { accountId, after: before.position });
    expect(after).toHaveLength(2);
    expect(after[1]?.subject).toBe(id);
  });

  it('has a change of a record behind the one before, also when its transaction has the lower number', async () => {
    const accountId = randomUUID();
    const records = [];
    for (const name of ['1', '2', '3']) records.push(await store({ accountId, name }));
    const [first, held, last] = inOrder(records);
    await using holder = await connect();
    await holder.query('begin');
    const place = [accountId, held.id];
    await holder.query('select from resources where account_id = $1 and id = $2 for update', place);
    // It gets its number with the first record, and waits for the second, while the third is changed.
    const deleting = repository.deleteMany({ accountId, ids: [last.id, held.id, first.id] }, { ...FOR_GOOD, ...call });
    await waitForLock();
    await repository.update(last, { change: { name: 'late' }, changedAt: new Date(), ...call });
    await holder.query('commit');
    expect(await deleting).toBe(3);
    const events = (await readAll(repository, { accountId })).filter(({ subject }) => subject === last.id);
    expect(events.map(({ type }) => type)).toEqual(['resource.created', 'resource.updated', 'resource.deleted']);
    expect(events.at(-1)?.data).toMatchObject({ resource: { name: 'late' } });
  });

  it('has the move of a directory behind the changes of what lies in it', async () => {
    const accountId = randomUUID();
    const records = [];
    for (const name of ['1', '2', '3']) records.push(await store({ accountId, name, directoryPath: '/d' }));
    const [, held, last] = inOrder(records);
    await using holder = await connect();
    await holder.query('begin');
    const place = [accountId, held.id];
    await holder.query('select from resources where account_id = $1 and id = $2 for update', place);
    const options = { to: '/e', changedAt: new Date(), maxPathBytes: 1_000 };
    const moving = repository.moveDirectory({ accountId, directoryPath: '/d' }, { ...options, ...call });
    await waitForLock();
    await repository.update(last, { change: { tags: ['late'] }, changedAt: new Date(), ...call });
    await holder.query('commit');
    expect(await moving).toEqual({ kind: 'moved', count: 3 });
    const types = (await readAll(repository, { accountId })).map(({ type }) => type);
    expect(types.slice(3)).toEqual(['resource.updated', 'directory.moved']);
  });

  /** As they are locked: the ids of one millisecond have no order. */
  function inOrder<Stored extends { readonly id: string }>(records: readonly Stored[]): [Stored, Stored, Stored] {
    return records.toSorted((a, b) => (a.id < b.id ? -1 : 1)) as [Stored, Stored, Stored];
  }

  async function waitForLock(): Promise<void> {
    await using client = await connect();
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    while ((await client.query(waiting)).rowCount === 0);
  }
});

describe('news of several accounts', () => {
  it('are those behind a place, of the accounts that are asked for, in one order', async () => {
    const [a, b] = [randomUUID(), randomUUID()];
    const { end } = await repository.readLogState(call);
    const ids = [];
    for (const accountId of [a, b, a, randomUUID(), b]) ids.push((await store({ accountId })).id);
    await settle(repository);
    const query = { accountIds: [a, b], after: end, maxBytes: 100_000 };
    const news = await repository.readNews({ ...query, maxCount: 100 }, call);
    expect(news.events.map(({ subject }) => subject)).toEqual(ids.filter((_, index) => index !== 3));
    expect(news.isEnd).toBe(true);
    const cut = await repository.readNews({ ...query, maxCount: 3 }, call);
    expect(cut.events).toEqual(news.events.slice(0, 3));
    expect([cut.isEnd, cut.position]).toEqual([false, news.events[2]?.position]);
  });

  it('are not looked for when nothing has been committed', async () => {
    const { end } = await repository.readLogState(call);
    await using client = await connect();
    const scans = `select sum(idx_scan)::int as count from pg_stat_user_tables where relname ^@ 'events_slot'`;
    const count = async () => {
      await client.query('select pg_stat_force_next_flush()');
      return (await client.query(scans)).rows[0].count;
    };
    const query = { accountIds: ['acme'], after: end, maxCount: 10, maxBytes: 1_000 };
    const before = await count();
    const page = await repository.readNews(query, call);
    expect(page).toMatchObject({ events: [], isEnd: true });
    if (page.position.xid === end.xid) expect(await count()).toBe(before);
  });
});

describe('a log that was copied or dropped from', () => {
  it('begins a new epoch and a new era when its rows come from a dump, and keeps what they tell before what comes', async () => {
    await using database = await createDatabase(inject('postgresUrl'));
    const location = { kind: 'postgres', url: database.url } as const;
    await using opened = new AsyncDisposableStack();
    const log = opened.adopt(await openRepository({ database: location }), (it) => it.close());
    const first = createRecord();
    await log.insert(first, createContent());
    const before = await log.readLogState(call);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    opened.defer(() => client.end());
    // As a dump does: the rows are the same, and written by another transaction. Theirs may have had any number.
    await client.query('begin');
    await client.query(`create temp table kept on commit drop as select * from event_log; delete from event_log;
      insert into event_log select * from kept; update events set xid = '9000000000'`);
    await client.query('commit');

    const after = await log.readLogState(call);
    expect(after.epoch).not.toBe(before.epoch);
    expect(after.era).toBe(before.era + 1);
    const second = createRecord();
    await log.insert(second, createContent());
    const events = await readAll(log);
    expect(events.map(({ subject }) => subject)).toEqual([first.id, second.id]);
    expect((await log.readLogState(call)).epoch).toBe(after.epoch);
  });

  it('begins a new epoch and no new era when the server has another timeline', async () => {
    await using client = await connect();
    const before = await repository.readLogState(call);
    await client.query(`update event_log set timeline = '0000000A', written_by = pg_current_xact_id()`);
    const after = await repository.readLogState(call);
    expect([after.epoch === before.epoch, after.era]).toEqual([false, before.era]);
  });

  it('is rid of what is too old, and says how far back it goes', async () => {
    await using database = await createDatabase(inject('postgresUrl'));
    await using opened = new AsyncDisposableStack();
    const location = { kind: 'postgres', url: database.url } as const;
    const log = opened.adopt(await openRepository({ database: location }), (it) => it.close());
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    opened.defer(() => client.end());
    // Slots are used in turn, some days each: two back is over for five days at least.
    for (const back of [0, 1, 2, 11]) {
      await client.query(
        `insert into events (account_id, type, subject, directory_path, data, slot)
        values ('acme', 'resource.created', $1, '/', ${DATA}, (event_slot() + 12 - $2::int) % 12)`,
        [randomUUID(), back],
      );
    }
    expect(await readAll(log)).toHaveLength(4);
    const state = await log.readLogState(call);
    expect(state.dropped).toEqual({ era: 0, xid: 0n });

    expect(await log.dropEvents({ ttlMs: 40 * 86_400_000, ...call })).toBe(1);
    expect(await readAll(log)).toHaveLength(3);
    expect(await log.dropEvents({ ttlMs: 3 * 86_400_000, ...call })).toBe(1);
    const left = await readAll(log);
    expect(left.length).toBe(2);
    const { dropped, epoch } = await log.readLogState(call);
    expect(dropped.xid >= (left[1]?.position.xid ?? 0n)).toBe(true);
    expect(epoch).toBe(state.epoch);
    expect(await log.dropEvents({ ttlMs: 3 * 86_400_000, ...call })).toBe(0);
  });
});
