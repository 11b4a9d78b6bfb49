import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type ConflictInput, type ConflictRule, parseConflictRule } from '../../../src/domain/conflict.ts';
import type { InsertOutcome, NewResource } from '../../../src/domain/create/ports.ts';
import { openRepository, type Repository } from '../../../src/persistence/repository.ts';
import { createContent, createRecord } from '../../support/persistence/records.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const call = { signal: new AbortController().signal };
const cleanup = new AsyncDisposableStack();
let gateways: readonly [Repository, Repository];
let client: pg.Client;

beforeAll(async () => {
  const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
  const open = async () =>
    cleanup.adopt(await openRepository({ database: { kind: 'postgres', url } }), (it) => it.close());
  // One after the other: the first migrates.
  const first = await open();
  gateways = [first, await open()];
  client = new pg.Client({ connectionString: url });
  await client.connect();
  cleanup.defer(() => client.end());
});
afterAll(() => cleanup.disposeAsync());

const ruleOf = (input: ConflictInput, { name }: { name: string }, keeps = false): ConflictRule =>
  parseConflictRule(input, { name, keepsTags: keeps, keepsMetadata: keeps });

function insert(record: NewResource, text: string, rule: ConflictRule): Promise<InsertOutcome> {
  return gateways[0].insert(record, createContent(text), rule);
}

/** One of the two, in turns. */
const through = (at: number) => gateways[at % 2] ?? gateways[0];

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex');
const same = (record: NewResource, changes: Partial<NewResource> = {}) =>
  createRecord({ accountId: record.accountId, name: record.name, directoryPath: record.directoryPath, ...changes });
const resourceOf = (outcome: InsertOutcome) => ('resource' in outcome ? outcome.resource : null);
const placeOf = (name: string = randomUUID()) => createRecord({ accountId: randomUUID(), name });

async function read<Value>(sql: string, values: unknown[]): Promise<Value[]> {
  return (await client.query(sql, values)).rows;
}
const eventsOf = async ({ accountId }: { accountId: string }) =>
  (await read<{ type: string }>('select type from events where account_id = $1 order by xid, id', [accountId])).map(
    ({ type }) => type,
  );

describe('keep', () => {
  it('stores where nothing stands', async () => {
    const record = placeOf();
    expect((await insert(record, 'a', ruleOf({ onConflict: 'keep' }, record))).kind).toBe('created');
  });

  it('answers what stands there when the content is equal, and refuses other content', async () => {
    const record = { ...placeOf(), tags: ['b', 'a'], metadata: { z: 1, a: 2 }, createdBy: 'alice' };
    const rule = ruleOf({ onConflict: 'keep' }, record);
    await insert(record, 'a', rule);
    const kept = await insert(same(record, { tags: ['other'] }), 'a', rule);
    expect(kept).toEqual({ kind: 'kept', resource: await gateways[0].findById(record, call) });
    expect(await insert(same(record), 'b', rule)).toEqual({ kind: 'conflict', existingId: record.id });
    expect(await eventsOf(record)).toEqual(['resource.created']);
  });

  it('gives 1,000 creates of one name through two gateways one resource and equal answers', async () => {
    const record = placeOf();
    const rule = ruleOf({ onConflict: 'keep' }, record);
    const outcomes = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) => through(at).insert(same(record), createContent('a'), rule)),
    );
    const created = outcomes.filter(({ kind }) => kind === 'created');
    expect(created).toHaveLength(1);
    const [standing] = await read<{ id: string }>('select id from resources where account_id = $1', [record.accountId]);
    const ids = new Set(outcomes.flatMap((outcome) => resourceOf(outcome)?.id ?? []));
    expect([...ids]).toEqual([standing?.id]);
    expect(outcomes.filter(({ kind }) => kind === 'kept')).toHaveLength(999);
  });
});

describe('rename', () => {
  it('takes the next free number before the extension, also where the name has none', async () => {
    const names = ['a.txt', 'a.txt', 'b', 'b', '.rc', '.rc', 'c.tar.gz', 'c.tar.gz', 'a.txt'];
    const { accountId } = placeOf();
    const got: (string | null)[] = [];
    for (const name of names) {
      const record = createRecord({ accountId, name });
      const outcome = await insert(record, randomUUID(), ruleOf({ onConflict: 'rename' }, record));
      got.push(outcome.kind === 'created' ? name : (resourceOf(outcome)?.name ?? null));
    }
    expect(got).toEqual([
      'a.txt',
      'a (2).txt',
      'b',
      'b (2)',
      '.rc',
      '.rc (2)',
      'c.tar.gz',
      'c.tar (2).gz',
      'a (3).txt',
    ]);
  });

  it('cuts a long name so that the number fits', async () => {
    const record = placeOf(`${'é'.repeat(251)}.txt`);
    const rule = ruleOf({ onConflict: 'rename' }, record);
    await insert(record, 'a', rule);
    const { name = '' } = resourceOf(await insert(same(record), 'a', rule)) ?? {};
    expect(name).toMatch(/^é+ \(2\)\.txt$/);
    expect(name.length).toBeLessThanOrEqual(255);
  });

  it('fills what was freed at the end, and never takes a name that is taken', async () => {
    const record = placeOf('a.txt');
    const rule = ruleOf({ onConflict: 'rename' }, record);
    await insert(record, 'a', rule);
    // Powers of two that are taken lead the look astray, never onto them.
    for (const name of ['a (2).txt', 'a (4).txt', 'a (8).txt', 'a (7).txt', 'a (9).txt']) {
      await insert(same(record, { name }), 'a', ruleOf({}, { name }));
    }
    const names = new Set<string | undefined>();
    for (let at = 0; at < 5; at += 1) names.add(resourceOf(await insert(same(record), 'a', rule))?.name);
    expect(names.size).toBe(5);
    expect(await read('select name from resources where account_id = $1', [record.accountId])).toHaveLength(11);
  });

  it('gives 1,000 creates of one name through two gateways 1,000 names without a hole or a double', async () => {
    const record = placeOf('a.txt');
    const rule = ruleOf({ onConflict: 'rename' }, record);
    const outcomes = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) => through(at).insert(same(record), createContent(`${at % 3}`), rule)),
    );
    const names = outcomes.map((outcome) => (outcome.kind === 'created' ? 'a.txt' : (resourceOf(outcome)?.name ?? '')));
    const expected = ['a.txt', ...Array.from({ length: 999 }, (_, at) => `a (${at + 2}).txt`)];
    expect(names.toSorted()).toEqual(expected.toSorted());
    const stored = await read<{ name: string }>('select name from resources where account_id = $1', [record.accountId]);
    expect(stored.map(({ name }) => name).toSorted()).toEqual(expected.toSorted());
  });
});

describe('replace', () => {
  it('gives the same resource a new version, and keeps what was', async () => {
    const record = { ...placeOf(), tags: ['a', 'b', 'c'], metadata: { z: 1 }, createdBy: 'alice' };
    await insert(record, 'first', ruleOf({}, record));
    const next = same(record, { tags: ['x'], metadata: { y: 2 }, createdBy: 'bob', mimeType: 'a/b' });
    const outcome = await insert(next, 'second', ruleOf({ onConflict: 'replace' }, record));
    const found = await gateways[0].findById(record, call);
    expect(outcome).toEqual({ kind: 'replaced', resource: found });
    expect(found).toMatchObject({
      id: record.id,
      sha256: sha256Of('second'),
      tags: ['x'],
      metadata: { y: 2 },
      mimeType: 'a/b',
      createdBy: 'alice',
      createdAt: record.createdAt,
      version: 2,
    });
    const versions = await read(
      `select number, mime_type, created_by, sha256 from resource_versions
       join blobs on blobs.account_id = resource_versions.account_id and blobs.id = blob_id
       where resource_versions.account_id = $1`,
      [record.accountId],
    );
    const [first] = versions;
    expect(versions).toHaveLength(1);
    expect(first).toEqual({ number: 1, mime_type: 'text/plain', created_by: 'alice', sha256: sha256Of('first') });
    expect(await eventsOf(record)).toEqual(['resource.created', 'resource.replaced']);
  });

  it('keeps tags and metadata that were not given', async () => {
    const record = { ...placeOf(), tags: ['a', 'b'], metadata: { z: 1 } };
    await insert(record, 'first', ruleOf({}, record));
    const outcome = await insert(same(record), 'second', ruleOf({ onConflict: 'replace' }, record, true));
    expect(resourceOf(outcome)).toMatchObject({ tags: ['a', 'b'], metadata: { z: 1 }, version: 2 });
    expect(await gateways[0].findById(record, call)).toEqual(resourceOf(outcome));
  });

  it('makes no version of equal content', async () => {
    const record = placeOf();
    const rule = ruleOf({ onConflict: 'replace' }, record);
    await insert(record, 'a', rule);
    expect(await insert(same(record), 'a', rule)).toMatchObject({ kind: 'kept', resource: { version: 1 } });
    expect(await eventsOf(record)).toEqual(['resource.created']);
  });

  it('replaces only the version that is meant, and nothing where nothing stands', async () => {
    const record = placeOf();
    const ruleFor = (ifMatch: string) => ruleOf({ onConflict: 'replace', ifMatch }, record);
    expect((await insert(record, 'a', ruleFor('*'))).kind).toBe('stale');
    await insert(record, 'a', ruleOf({}, record));
    const shown = record.createdAt.toISOString();
    const replaced = await insert(same(record), 'b', ruleFor(shown));
    expect(replaced).toMatchObject({ kind: 'replaced', resource: { version: 2 } });
    expect((await insert(same(record), 'c', ruleFor(shown))).kind).toBe('stale');
    expect((await insert(same(record), 'c', ruleFor(`"${resourceOf(replaced)?.updatedAt.toISOString()}"`))).kind).toBe(
      'replaced',
    );
    expect(await insert(same(record), 'd', ruleFor('*'))).toMatchObject({ resource: { version: 4 } });
    expect((await insert(same(record), 'e', ruleFor('"none-of-ours"'))).kind).toBe('stale');
  });

  it('makes 1,000 versions of 1,000 contents through two gateways, each once, in some order', async () => {
    const record = placeOf();
    const rule = ruleOf({ onConflict: 'replace' }, record);
    const outcomes = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) => through(at).insert(same(record), createContent(`content ${at}`), rule)),
    );
    expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1);
    const answered = outcomes.flatMap((outcome) => resourceOf(outcome)?.version ?? []);
    expect(answered.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 999 }, (_, at) => at + 2));
    const stored = await read<{ number: number; sha256: string }>(
      `select number, sha256 from (
         select number, blob_id from resource_versions where account_id = $1
         union all select version, blob_id from resources where account_id = $1
       ) all_versions join blobs on blobs.account_id = $1 and blobs.id = blob_id order by number`,
      [record.accountId],
    );
    expect(stored.map(({ number }) => number)).toEqual(Array.from({ length: 1_000 }, (_, at) => at + 1));
    expect(new Set(stored.map(({ sha256 }) => sha256)).size).toBe(1_000);
    for (const outcome of outcomes) {
      const resource = resourceOf(outcome);
      if (resource) expect(stored[resource.version - 1]?.sha256).toBe(resource.sha256);
    }
  });
});

it('settles every policy in one group, beside rows without one, under keys too', async () => {
  const { accountId } = placeOf();
  const policies = ['error', 'keep', 'rename', 'replace'] as const;
  const rounds = await Promise.all(
    Array.from({ length: 400 }, async (_, at) => {
      const record = createRecord({ accountId, name: `${at % 25}.txt` });
      const rule = ruleOf({ onConflict: policies[at % 4] }, record);
      if (at % 3 > 0) return await through(at).insert(record, createContent(`${at % 2}`), rule);
      const claim = { accountId, key: `key ${at}`, owner: randomUUID() };
      await gateways[0].claimKey(claim, { leaseMs: 60_000 });
      const kept = { claim, fingerprint: 'f'.repeat(64), ttlMs: 60_000, rule };
      const outcome = await through(at).insertKeyed(record, createContent(`${at % 2}`), kept);
      const again = await gateways[0].claimKey({ ...claim, owner: randomUUID() }, { leaseMs: 60_000 });
      if (outcome.kind === 'conflict') expect(again.kind).toBe('running');
      else {
        expect(again).toMatchObject({ kind: 'done', outcome: outcome.kind });
        const resource = resourceOf(outcome);
        if (resource) expect(again).toMatchObject({ resource });
      }
      return outcome;
    }),
  );
  const counts = Object.groupBy(rounds, ({ kind }) => kind);
  const [stored] = await read<{ count: number }>('select count(*)::int from resources where account_id = $1', [
    accountId,
  ]);
  expect(stored?.count).toBe((counts.created?.length ?? 0) + (counts.renamed?.length ?? 0));
  const [versions] = await read<{ count: number }>(
    'select count(*)::int from resource_versions where account_id = $1',
    [accountId],
  );
  expect(versions?.count).toBe(counts.replaced?.length ?? 0);
  expect(counts.stale).toBeUndefined();
});
