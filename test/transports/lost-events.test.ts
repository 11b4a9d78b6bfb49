// The hunt for lost events: transactions that commit out of order on purpose, beside readers in every transport that stop and
// go on at random, at two gateways.
import { randomInt, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { send, type Target } from '../support/transports/change-transports.ts';
import { EVENT_TRANSPORTS, type EventTransport, type ReadEvent } from '../support/transports/event-transports.ts';

const WRITERS = 6;
const CHANGES_OF_A_WRITER = 500;
const SUBJECTS = 10;

const cleanup = new AsyncDisposableStack();
const gateways: Gateway[] = [];
let databaseUrl: string;
beforeAll(async () => {
  ({ url: databaseUrl } = cleanup.use(await createDatabase(inject('postgresUrl'))));
  const dataDir = await mkdtemp(join(tmpdir(), 'gateways-'));
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  for (let count = 0; count < 2; count += 1) {
    gateways.push(cleanup.use(await startGateway({ DATABASE_URL: databaseUrl, DATA_DIR: dataDir })));
  }
  const client = await connect();
  await client.query('create table hunted (account_id text, subject uuid primary key, changes int not null default 0)');
});
afterAll(() => cleanup.disposeAsync());

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  cleanup.defer(() => client.end());
  return client;
}

/** An account with some resources, and the cursor behind their creation. */
async function openAccount() {
  const account = randomUUID();
  const targets = await Promise.all(gateways.map(async ({ url, token }) => ({ url, token: await token({ account }) })));
  const [target] = targets as [Target];
  const content = 'data:text/plain;base64,SGVsbG8=';
  const items = Array.from({ length: SUBJECTS }, (_, at) => ({ name: `${at}`, directory_path: '/', content }));
  const { json } = await send('POST', '/v1/resources/batch', { ...target, body: { items } });
  const subjects: string[] = json.items.map(({ resource }: { resource: { id: string } }) => resource.id);
  const client = await connect();
  await client.query('insert into hunted (account_id, subject) select $1, unnest($2::uuid[])', [account, subjects]);
  // Transactions of other tests, on the same server, hold back the log's end as well.
  const readLog = async () => (await send('GET', '/v1/events?limit=200', target)).json.events as ReadEvent[];
  const created = await vi.waitFor(
    async () => {
      const events = await readLog();
      expect(events).toHaveLength(SUBJECTS);
      return events;
    },
    { timeout: 30_000 },
  );
  return { account, targets, subjects, cursor: created.at(-1)?.cursor ?? '' };
}

/** As the statements of the gateway do it: the row first, and with it its lock, then the event, whose name counts its changes. */
const CHANGE = `
with changed as (
  update hunted set changes = changes + 1 where account_id = $1 and subject = $2 returning changes
), was as (
  select data::jsonb as data from events where account_id = $1 and subject = $2 limit 1
)
insert into events (account_id, type, subject, directory_path, data)
select $1, 'resource.updated', $2, '/', jsonb_set(was.data, '{name}', to_jsonb(changes::text))::json from changed, was`;

/** Changes some resources in one transaction, which takes its time before it commits, or does not. @returns how many events it told */
async function change(client: pg.Client, { account, subjects }: { account: string; subjects: readonly string[] }) {
  const from = randomInt(subjects.length);
  // In one order, so that no two wait for each other.
  const chosen = subjects.slice(from, from + 1 + randomInt(3));
  await client.query('begin');
  for (const subject of chosen) {
    await client.query(CHANGE, [account, subject]);
    if (randomInt(4) === 0) await client.query('select pg_sleep($1)', [randomInt(20) / 1000]);
  }
  const isKept = randomInt(10) > 0;
  await client.query(isKept ? 'commit' : 'rollback');
  return isKept ? chosen.length : 0;
}

type Hunt = {
  readonly targets: readonly Target[];
  readonly cursor: string;
  /** How many events there are, once all are written. */
  total(): number | null;
};

const pick = (targets: readonly Target[]) => targets[randomInt(targets.length)] as Target;

/** Page by page, now at the one gateway and now at the other. */
async function readPages({ list }: EventTransport, { targets, cursor, total }: Hunt): Promise<ReadEvent[]> {
  const found: ReadEvent[] = [];
  let after = cursor;
  while (found.length !== total()) {
    const { value, message } = await list({ after, limit: 1 + randomInt(200) }, pick(targets));
    expect(message).toBeNull();
    const page = value as { events: ReadEvent[]; cursor: string };
    found.push(...page.events);
    after = page.cursor;
    if (total() !== null && found.length > (total() ?? 0)) break;
    await setImmediate();
  }
  return found;
}

/** Live, leaving at random and going on behind what it was told last. */
async function readLive({ watch }: EventTransport, { targets, cursor, total }: Hunt): Promise<ReadEvent[]> {
  const found: ReadEvent[] = [];
  while (found.length !== total() && found.length <= (total() ?? Number.POSITIVE_INFINITY)) {
    const reader = watch({ after: found.at(-1)?.cursor ?? cursor }, pick(targets));
    const wanted = Math.min(1 + randomInt(400), (total() ?? Number.POSITIVE_INFINITY) - found.length);
    // What is still to come may be less than that.
    while (reader.events.length < wanted && found.length + reader.events.length !== total()) {
      await Promise.race([reader.until(reader.events.length + 1), new Promise((resolve) => setTimeout(resolve, 100))]);
    }
    reader.close();
    found.push(...reader.events);
  }
  return found;
}

function expectWhole(events: readonly ReadEvent[], total: number): void {
  const changes = new Map<string | null, string[]>();
  for (const { subject, data } of events) changes.set(subject, [...(changes.get(subject) ?? []), `${data.name}`]);
  for (const counted of changes.values()) {
    // Whole, once each, and in the order in which they committed.
    expect(counted).toEqual(Array.from({ length: counted.length }, (_, at) => `${at + 1}`));
  }
  expect(events).toHaveLength(total);
}

describe('a reader by cursor', () => {
  test('gets exactly what commits, in order, in every transport, whatever commits late and whenever it stops', {
    timeout: 300_000,
  }, async () => {
    const { account, targets, subjects, cursor } = await openAccount();
    let total: number | null = null;
    const hunt: Hunt = { targets, cursor, total: () => total };
    const readers = EVENT_TRANSPORTS.flatMap((transport) => [
      { name: `${transport.name}, pages`, found: readPages(transport, hunt) },
      { name: `${transport.name}, live`, found: readLive(transport, hunt) },
    ]);
    const written = await Promise.all(
      Array.from({ length: WRITERS }, async () => {
        const client = await connect();
        let events = 0;
        for (let done = 0; done < CHANGES_OF_A_WRITER; done += 1) events += await change(client, { account, subjects });
        return events;
      }),
    );
    const all = written.reduce((sum, count) => sum + count, 0);
    total = all;
    for (const { name, found } of readers) {
      const events = await found;
      expect(() => expectWhole(events, all), name).not.toThrow();
    }
  });

  test('gets what commits behind a later one, which a reader by id alone loses', async () => {
    const { account, targets, subjects, cursor } = await openAccount();
    const [early, late, naive] = [await connect(), await connect(), await connect()];
    const [first, second] = subjects as [string, string];
    const readNaively = async (after: string) => {
      const query = `select id::text, subject from events where account_id = $1 and id > $2::bigint order by id`;
      return (await naive.query<{ id: string; subject: string }>(query, [account, after])).rows;
    };
    const begin = (await readNaively('0')).at(-1)?.id ?? '0';
    await late.query('begin');
    await late.query(CHANGE, [account, first]);
    await early.query(CHANGE, [account, second]);

    const seen = await readNaively(begin);
    expect(seen.map(({ subject }) => subject)).toEqual([second]);
    const { value } = await (EVENT_TRANSPORTS[0] as EventTransport).list({ after: cursor }, pick(targets));
    const page = value as { events: ReadEvent[]; cursor: string };
    expect(page.events).toEqual([]);
    await late.query('commit');
    expect(await readNaively(seen.at(-1)?.id ?? '')).toEqual([]);
    for (const transport of EVENT_TRANSPORTS) {
      const reader = transport.watch({ after: page.cursor }, pick(targets));
      expect((await reader.until(2)).map(({ subject }) => subject)).toEqual([first, second]);
      reader.close();
    }
  });
});
