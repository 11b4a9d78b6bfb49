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

/** How many changes are to be told at least; see CONTRIBUTING.md. */
const HUNT_EVENTS = Number(process.env.HUNT_EVENTS ?? 5_000);
const WRITERS = 4;
const SUBJECTS = 10;
/** Of a transaction at most, which changes what it has chosen over and over. */
const MAX_PASSES = Math.ceil(HUNT_EVENTS / 5_000);
/** From here on the machine is busy for minutes. */
const MANY = 100_000;
/** What a live reader takes at most before it leaves. */
const MAX_TAKEN = 400 * Math.ceil(HUNT_EVENTS / 100_000);

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
  await client.query(
    'create table hunted (account_id text, subject uuid primary key, changes int not null default 0, data jsonb not null)',
  );
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
  const client = await connect();
  await client.query(HUNT, [account]);
  return { account, targets, subjects, cursor: created.at(-1)?.cursor ?? '' };
}

const HUNT =
  'insert into hunted (account_id, subject, data) select account_id, subject, data::jsonb from events where account_id = $1';

/** As the statements of the gateway do it: the rows first, and with them their locks, then the events, whose names count the changes. */
const CHANGE = `
with locked as materialized (
  select subject from hunted where account_id = $1 and subject = any($2) order by subject for update
), changed as (
  update hunted set changes = changes + 1 from locked where hunted.subject = locked.subject
  returning hunted.subject, changes, data
)
insert into events (account_id, type, subject, directory_path, data)
select $1, 'resource.updated', subject, '/', jsonb_set(data, '{name}', to_jsonb(changes::text))::json from changed`;

/** Changes some resources in one transaction, which takes its time before it commits, or does not. @returns how many events it told */
async function change(client: pg.Client, { account, subjects }: { account: string; subjects: readonly string[] }) {
  const from = randomInt(subjects.length);
  const chosen = subjects.slice(from, from + 1 + randomInt(3));
  const passes = 1 + randomInt(MAX_PASSES);
  await client.query('begin');
  for (let pass = 0; pass < passes; pass += 1) {
    await client.query(CHANGE, [account, chosen]);
    if (randomInt(4 * passes) < 2) await client.query('select pg_sleep($1)', [randomInt(20) / 1000]);
  }
  const isKept = randomInt(10) > 0;
  await client.query(isKept ? 'commit' : 'rollback');
  return isKept ? chosen.length * passes : 0;
}

type Hunt = {
  readonly targets: readonly Target[];
  readonly cursor: string;
  /** How many events there are, once all are written. */
  total(): number | null;
};

const pick = (targets: readonly Target[]) => targets[randomInt(targets.length)] as Target;

/** What a reader has been told, of which only the first that is wrong is kept. */
function createTally() {
  const changes = new Map<string | null, number>();
  let count = 0;
  let wrong: string | null = null;
  return {
    take(events: readonly ReadEvent[]): void {
      for (const { subject, data } of events) {
        // Whole, once each, and in the order in which they committed.
        const expected = (changes.get(subject) ?? 0) + 1;
        if (data.name !== `${expected}`) wrong ??= `told ${data.name} of ${subject} in the place of ${expected}`;
        changes.set(subject, expected);
        count += 1;
      }
    },
    count: () => count,
    wrong: () => wrong,
  };
}
type Tally = ReturnType<typeof createTally>;

/** Page by page, now at the one gateway and now at the other. */
async function readPages({ list }: EventTransport, { targets, cursor, total }: Hunt): Promise<Tally> {
  const tally = createTally();
  let after = cursor;
  while (tally.wrong() === null && tally.count() < (total() ?? Number.POSITIVE_INFINITY)) {
    const { value, message } = await list({ after, limit: 1 + randomInt(200) }, pick(targets));
    // A machine that is busy with a million of them may be late with a page, as for any client.
    if (message !== null && HUNT_EVENTS >= MANY) continue;
    expect(message).toBeNull();
    const page = value as { events: ReadEvent[]; cursor: string };
    tally.take(page.events);
    after = page.cursor;
    await setImmediate();
  }
  return tally;
}

/** Live, leaving at random and going on behind what it was told last. */
async function readLive({ watch }: EventTransport, { targets, cursor, total }: Hunt): Promise<Tally> {
  const tally = createTally();
  let after = cursor;
  while (tally.wrong() === null && tally.count() < (total() ?? Number.POSITIVE_INFINITY)) {
    const reader = watch({ after }, pick(targets));
    const wanted = Math.min(1 + randomInt(MAX_TAKEN), (total() ?? Number.POSITIVE_INFINITY) - tally.count());
    // What is still to come may be less than that.
    while (reader.events.length < wanted && tally.count() + reader.events.length !== total()) {
      const pause = new Promise<'waiting'>((resolve) => setTimeout(resolve, 100, 'waiting'));
      const more = reader.until(reader.events.length + 1);
      const outcome = await Promise.race([HUNT_EVENTS >= MANY ? more.catch(() => 'ended') : more, pause]);
      if (outcome === 'ended') break;
    }
    reader.close();
    tally.take(reader.events);
    after = reader.events.at(-1)?.cursor ?? after;
  }
  return tally;
}

describe('a reader by cursor', () => {
  test('gets exactly what commits, in order, in every transport, whatever commits late and whenever it stops', {
    timeout: 300_000 + 4 * HUNT_EVENTS,
  }, async () => {
    const { account, targets, subjects, cursor } = await openAccount();
    let total: number | null = null;
    const hunt: Hunt = { targets, cursor, total: () => total };
    const readers = EVENT_TRANSPORTS.flatMap((transport) => [
      { name: `${transport.name}, pages`, reading: readPages(transport, hunt) },
      { name: `${transport.name}, live`, reading: readLive(transport, hunt) },
    ]);
    let written = 0;
    await Promise.all(
      Array.from({ length: WRITERS }, async () => {
        const client = await connect();
        while (written < HUNT_EVENTS) {
          const told = await change(client, { account, subjects });
          written += told;
        }
      }),
    );
    total = written;
    for (const { name, reading } of readers) {
      const tally = await reading;
      expect({ name, wrong: tally.wrong(), count: tally.count() }).toEqual({ name, wrong: null, count: written });
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
    await late.query(CHANGE, [account, [first]]);
    await early.query(CHANGE, [account, [second]]);

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
