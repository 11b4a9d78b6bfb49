import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parseConflictRule } from '../../../src/domain/conflict.ts';
import type { Upload } from '../../../src/domain/uploads/upload.ts';
import type { Quotas } from '../../../src/domain/usage/ports.ts';
import { openRepository, type Repository } from '../../../src/persistence/repository.ts';
import { createContent, createRecord, FOR_GOOD } from '../../support/persistence/records.ts';
import { createUpload } from '../../support/persistence/upload-suite.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const call = { signal: new AbortController().signal };
const LEASE = { ...call, leaseMs: 60_000 };
const SAVE = { ...LEASE, release: false, ttlMs: 60_000, dueMs: null };

const cleanup = new AsyncDisposableStack();
let url: string;
let first: Repository;
let second: Repository;
beforeAll(async () => {
  url = cleanup.use(await createDatabase(inject('postgresUrl'))).url;
  first = await open();
  second = await open();
});
afterAll(() => cleanup.disposeAsync());

async function open(quotas?: Quotas): Promise<Repository> {
  const options = { database: { kind: 'postgres' as const, url }, ...(quotas && { quotas }) };
  return cleanup.adopt(await openRepository(options), (one) => one.close());
}

const content = (sizeBytes: number) => createContent('x'.repeat(sizeBytes));

async function expectCounted(accountId: string) {
  const { counted, actual } = await first.recountUsage({ accountId, correct: false }, call);
  expect(counted).toEqual(actual);
  return counted;
}

/** Begins an upload, and holds it. */
async function beginUpload(repository: Repository, accountId: string, sizeBytes: number | null) {
  const created = await repository.createUpload(createUpload({ accountId, sizeBytes }), {
    ...call,
    maxOpen: 1_000,
    ttlMs: 60_000,
    dueMs: null,
  });
  if (created === null) return null;
  const hold = { accountId, id: created.id, owner: randomUUID() };
  expect((await repository.holdUpload(hold, LEASE))?.kind).toBe('held');
  const save = (change: Partial<Upload>) => repository.saveUpload(hold, { ...created, ...change }, SAVE);
  return { hold, save };
}

describe('what an account uses', () => {
  test('is counted by whatever adds, changes and removes it', async () => {
    const accountId = randomUUID();
    const records = ['/a', '/a', '/a/b', '/c', '/c'].map((directoryPath) => createRecord({ accountId, directoryPath }));
    for (const [index, record] of records.entries()) await first.insert(record, content(index + 1));
    expect(await expectCounted(accountId)).toMatchObject({ resources: 5, bytes: 15 });

    const [one, two] = records;
    const versioned = { accountId, id: one?.id ?? '', expected: null };
    await second.update(versioned, { change: { name: 'new', tags: ['a'] }, changedAt: new Date(), ...call });
    await second.moveDirectory(
      { accountId, directoryPath: '/c' },
      { to: '/d', maxPathBytes: 1_000, changedAt: new Date(), ...call },
    );
    // A name that is taken, and a content that is there already: the one counts nothing, the other like any.
    expect(
      (await first.insert({ ...createRecord({ accountId }), directoryPath: '/a', name: 'new' }, content(9))).kind,
    ).toBe('conflict');
    await first.insert(createRecord({ accountId }), content(1));
    expect(await expectCounted(accountId)).toMatchObject({ resources: 6, bytes: 16 });

    await second.delete(versioned, { ...FOR_GOOD, ...call });
    await second.deleteMany({ accountId, ids: [two?.id ?? '', randomUUID()] }, { ...FOR_GOOD, ...call });
    await second.deleteDirectory({ accountId, directoryPath: '/d' }, { ...FOR_GOOD, maxCount: 10, ...call });
    expect(await expectCounted(accountId)).toMatchObject({ resources: 2, bytes: 4 });
    expect(await second.findUsage(accountId, call)).toEqual({
      bytes: { used: 4, reserved: 0, versions: 0, trash: 0, limit: null },
      resources: { used: 2, trash: 0, limit: null },
    });
  });

  test('has the room that uploads keep, until a record takes them or they end', async () => {
    const accountId = randomUUID();
    const known = await beginUpload(first, accountId, 10);
    const unknown = await beginUpload(first, accountId, null);
    const cancelled = await beginUpload(first, accountId, 100);
    expect(await expectCounted(accountId)).toMatchObject({ reservedBytes: 110, bytes: 0 });
    expect(await first.reserveUpload(unknown?.hold ?? never(), { ...call, bytes: 30 })).toBe(true);
    expect(await expectCounted(accountId)).toMatchObject({ reservedBytes: 140 });
    await unknown?.save({ sizeBytes: 20, offsetBytes: 20 });
    await first.removeUpload(cancelled?.hold ?? never(), call);
    expect(await expectCounted(accountId)).toMatchObject({ reservedBytes: 30 });

    await known?.save({ state: 'complete', offsetBytes: 10, sha256: 'a'.repeat(64) });
    const uploadId = known?.hold.id ?? '';
    expect((await second.insert(createRecord({ accountId }), { ...content(10), uploadId })).kind).toBe('created');
    expect(await expectCounted(accountId)).toMatchObject({ reservedBytes: 20, bytes: 10, resources: 1 });
    await unknown?.save({ state: 'failed' });
    expect(await expectCounted(accountId)).toMatchObject({ reservedBytes: 0, bytes: 10 });
  });

  test('is exact at any moment, with two gateways at work on it', async () => {
    const accountId = randomUUID();
    let isOver = false;
    const work = async (repository: Repository) => {
      const ids: string[] = [];
      for (let round = 0; round < 40; round += 1) {
        const record = createRecord({ accountId, directoryPath: `/${round % 4}` });
        await repository.insert(record, content(round));
        ids.push(record.id);
        if (round % 3 === 0)
          await repository.deleteMany({ accountId, ids: ids.splice(0, 2) }, { ...FOR_GOOD, ...call });
        if (round % 10 === 0) {
          await repository.deleteDirectory({ accountId, directoryPath: '/1' }, { ...FOR_GOOD, maxCount: 3, ...call });
        }
      }
    };
    const watch = async () => {
      while (!isOver) await expectCounted(accountId);
    };
    const watching = watch();
    await Promise.all([first, second, first, second].map(work));
    isOver = true;
    await watching;
    expect((await expectCounted(accountId)).resources).toBeGreaterThan(0);
  });

  test('is corrected by a recount, and told', async () => {
    const accountId = randomUUID();
    await first.insert(createRecord({ accountId }), content(5));
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('update account_usage set bytes = bytes + 7, resources = 0 where account_id = $1', [accountId]);
    await client.end();
    const found = await first.recountUsage({ accountId, correct: true }, call);
    expect([found.counted.bytes, found.actual.bytes]).toEqual([12, 5]);
    expect(await expectCounted(accountId)).toMatchObject({ resources: 1, bytes: 5 });
  });

  test('belongs to accounts that are told one after the other', async () => {
    const all: string[] = [];
    for (let after: string | null = null; ; ) {
      const page: readonly string[] = await first.listAccounts({ after, limit: 2 }, call);
      if (page.length === 0) break;
      all.push(...page);
      after = page.at(-1) ?? null;
    }
    expect(all).toEqual([...new Set(all)].sort());
    expect(all.length).toBeGreaterThanOrEqual(3);
  });
});

describe('a quota', () => {
  const countOf = (outcomes: readonly { readonly kind: string }[], kind: string) =>
    outcomes.filter((outcome) => outcome.kind === kind).length;

  test('of resources is used to the last one and never exceeded, by 64 writers on two gateways', async () => {
    const accountId = randomUUID();
    await first.setQuotas(accountId, { resources: 50 }, call);
    const writers = Array.from({ length: 64 }, async (_, number) => {
      const repository = number % 2 === 0 ? first : second;
      const kinds = [];
      for (let round = 0; round < 3; round += 1) {
        kinds.push(await repository.insert(createRecord({ accountId }), content(1)));
      }
      return kinds;
    });
    const outcomes = (await Promise.all(writers)).flat();
    expect([countOf(outcomes, 'created'), countOf(outcomes, 'no_room')]).toEqual([50, 142]);
    expect((await first.findUsage(accountId, call)).resources).toEqual({ used: 50, trash: 0, limit: 50 });
  });

  test('of bytes holds against inserts, uploads and deletes at once', async () => {
    const accountId = randomUUID();
    const limit = 10_000;
    await first.setQuotas(accountId, { bytes: limit }, call);
    let isOver = false;
    let most = 0;
    const watch = async () => {
      while (!isOver) {
        const { bytes } = await second.findUsage(accountId, call);
        most = Math.max(most, bytes.used + bytes.reserved);
      }
    };
    const watching = watch();
    const writers = Array.from({ length: 64 }, async (_, number) => {
      const repository = number % 2 === 0 ? first : second;
      for (let round = 0; round < 6; round += 1) {
        const record = createRecord({ accountId });
        if (number % 8 === 0) {
          const upload = await beginUpload(repository, accountId, round % 2 === 0 ? null : 300);
          if (upload === null) continue;
          const isKept = round % 2 === 1 || (await repository.reserveUpload(upload.hold, { ...call, bytes: 500 }));
          if (isKept && round > 3) continue;
          await repository.removeUpload(upload.hold, call);
        } else {
          const { kind } = await repository.insert(record, content(50 + number));
          if (kind === 'created' && round % 3 === 0)
            await repository.deleteMany({ accountId, ids: [record.id] }, { ...FOR_GOOD, ...call });
        }
      }
    });
    await Promise.all(writers);
    isOver = true;
    await watching;
    expect(most).toBeLessThanOrEqual(limit);
    // Who wants no more than what is left still gets it.
    const { bytes } = await first.findUsage(accountId, call);
    const left = limit - bytes.used - bytes.reserved;
    expect((await first.insert(createRecord({ accountId }), content(left + 1))).kind).toBe('no_room');
    expect((await first.insert(createRecord({ accountId }), content(left))).kind).toBe('created');
    await expectCounted(accountId);
  });

  test('is leased in parts while much is left, and still used to the last one by two gateways', async () => {
    const accountId = randomUUID();
    const limit = 4_000;
    await first.setQuotas(accountId, { resources: limit }, call);
    let next = 0;
    const kinds: string[] = [];
    const write = async (repository: Repository) => {
      while (next < limit + 300) {
        next += 1;
        kinds.push((await repository.insert(createRecord({ accountId }), content(1))).kind);
      }
    };
    await writeOne(first, accountId, kinds);
    next += kinds.length;
    expect(await countLeases(accountId)).toBe(1);
    await Promise.all(Array.from({ length: 64 }, (_, writer) => write(writer % 2 === 0 ? first : second)));
    expect(kinds.filter((kind) => kind === 'created')).toHaveLength(limit);
    expect(kinds.filter((kind) => kind === 'no_room')).toHaveLength(300);
    expect((await expectCounted(accountId)).resources).toBe(limit);
  }, 120_000);

  test('is kept whatever the conflict policy, within leases too, by two gateways', async () => {
    const accountId = randomUUID();
    const limit = 3_000;
    await first.setQuotas(accountId, { resources: limit }, call);
    let next = 0;
    const kinds: string[] = [];
    const write = async (repository: Repository) => {
      while (next < limit + 400) {
        next += 1;
        const name = `${next % 64}`;
        const onConflict = next % 8 === 0 ? 'replace' : 'rename';
        const rule = parseConflictRule({ onConflict }, { name, keepsTags: false, keepsMetadata: false });
        kinds.push((await repository.insert(createRecord({ accountId, name }), createContent(), rule)).kind);
      }
    };
    await Promise.all(Array.from({ length: 64 }, (_, writer) => write(writer % 2 === 0 ? first : second)));
    const stored = kinds.filter((kind) => kind === 'created' || kind === 'renamed').length;
    expect(stored).toBeLessThanOrEqual(limit);
    expect(kinds).toContain('replaced');
    const { resources, versionBytes } = await expectCounted(accountId);
    expect(resources).toBe(stored);
    expect(versionBytes).toBeGreaterThan(0);
  }, 120_000);

  test('that is used up lets equal content be kept, and content be replaced while there are bytes', async () => {
    const accountId = randomUUID();
    await first.setQuotas(accountId, { resources: 1, bytes: 20 }, call);
    const create = (onConflict: 'keep' | 'replace' | 'rename', text: string) => {
      const rule = parseConflictRule({ onConflict }, { name: 'a', keepsTags: false, keepsMetadata: false });
      return first.insert(createRecord({ accountId, name: 'a' }), createContent(text), rule);
    };
    expect((await create('keep', '0123456789')).kind).toBe('created');
    expect((await create('keep', '0123456789')).kind).toBe('kept');
    expect((await create('rename', 'b')).kind).toBe('no_room');
    expect((await create('replace', '01234567890')).kind).toBe('no_room');
    expect((await create('replace', '012345678x')).kind).toBe('replaced');
    expect((await first.findUsage(accountId, call)).bytes).toMatchObject({ used: 10, versions: 10 });
  });

  test('that is set anew ends what was leased of the one before', async () => {
    const accountId = randomUUID();
    await first.setQuotas(accountId, { resources: 10_000 }, call);
    await writeOne(first, accountId, []);
    await writeOne(second, accountId, []);
    expect(await countLeases(accountId)).toBe(2);
    await second.setQuotas(accountId, { resources: 2 }, call);
    expect((await first.insert(createRecord({ accountId }), content(1))).kind).toBe('no_room');
    expect((await second.insert(createRecord({ accountId }), content(1))).kind).toBe('no_room');
  });

  test('lets pass who fits beside neighbours of one statement that do not', async () => {
    const accountId = randomUUID();
    const narrow = await open({ bytes: 100, resources: null });
    // The first is on its way while the others gather behind it.
    const outcomes = await Promise.all(
      [1, 90, 20, 9, 5, 0].map((size) => narrow.insert(createRecord({ accountId }), content(size))),
    );
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      'created',
      'created',
      'no_room',
      'created',
      'no_room',
      'created',
    ]);
    expect((await first.findUsage(accountId, call)).bytes.used).toBe(100);
  });

  test('tells of a name that is taken before it tells of itself', async () => {
    const accountId = randomUUID();
    const narrow = await open({ bytes: null, resources: 1 });
    await narrow.insert(createRecord({ accountId, name: 'a' }), content(1));
    expect((await narrow.insert(createRecord({ accountId, name: 'a' }), content(1))).kind).toBe('conflict');
    expect((await narrow.insert(createRecord({ accountId, name: 'b' }), content(1))).kind).toBe('no_room');
  });

  test('of an account goes before that of all, and may be none', async () => {
    const accountId = randomUUID();
    const narrow = await open({ bytes: 5, resources: 5 });
    await narrow.setQuotas(accountId, { bytes: null }, call);
    expect(await narrow.findUsage(accountId, call)).toMatchObject({ bytes: { limit: null }, resources: { limit: 5 } });
    expect((await narrow.insert(createRecord({ accountId }), content(6))).kind).toBe('created');
    await narrow.setQuotas(accountId, { bytes: 7, resources: 1 }, call);
    expect(await narrow.findRoom(accountId, call)).toEqual({ bytes: 1, resources: 0 });
    await narrow.setQuotas(accountId, { bytes: undefined }, call);
    expect(await narrow.findUsage(accountId, call)).toMatchObject({ bytes: { limit: 5 }, resources: { limit: 1 } });
  });

  test('that another gateway sets is kept at once by what stores, whatever was known of the account before', async () => {
    const accountId = randomUUID();
    expect(await first.findRoom(accountId, call)).toEqual({ bytes: null, resources: null });
    await second.setQuotas(accountId, { resources: 0 }, call);
    expect((await first.insert(createRecord({ accountId }), content(1))).kind).toBe('no_room');
    await first.setQuotas(accountId, { resources: 7 }, call);
    expect(await first.findRoom(accountId, call)).toEqual({ bytes: null, resources: 7 });
  });

  test('that is below what there is refuses more, and lets an upload end that has its room', async () => {
    const accountId = randomUUID();
    const upload = await beginUpload(first, accountId, 10);
    await upload?.save({ state: 'complete', offsetBytes: 10, sha256: 'a'.repeat(64) });
    await first.setQuotas(accountId, { bytes: 3 }, call);
    expect((await first.insert(createRecord({ accountId }), content(1))).kind).toBe('no_room');
    expect(await beginUpload(first, accountId, 1)).toBeNull();
    const uploadId = upload?.hold.id ?? '';
    expect((await first.insert(createRecord({ accountId }), { ...content(10), uploadId })).kind).toBe('created');
  });
});

async function writeOne(repository: Repository, accountId: string, kinds: string[]): Promise<void> {
  kinds.push((await repository.insert(createRecord({ accountId }), content(1))).kind);
}

async function countLeases(accountId: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('select from account_leases where account_id = $1', [accountId]);
  await client.end();
  return rows.length;
}

function never(): never {
  throw new Error('the upload was not begun');
}
