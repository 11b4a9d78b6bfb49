import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ResourceChange } from '../../../src/domain/change/ports.ts';
import type { NewResource } from '../../../src/domain/create/ports.ts';
import { createId } from '../../../src/domain/fields/ids.ts';
import type { ResourceRepository } from '../../../src/domain/records.ts';
import type { DatabaseLocation } from '../../../src/persistence/database/database.ts';
import { openRepository } from '../../../src/persistence/repository.ts';
import { createPartitionedDatabase } from '../../support/persistence/partitioned.ts';
import { createContent, createRecord, FOR_GOOD } from '../../support/persistence/records.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

type Holder = AsyncDisposable & { readonly location: DatabaseLocation };

async function holdPostgres(create = createDatabase): Promise<Holder> {
  const database = await create(inject('postgresUrl'));
  const location = { kind: 'postgres', url: database.url } as const;
  return { location, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

describe.each([
  { driver: 'PostgreSQL', hold: () => holdPostgres() },
  { driver: 'PostgreSQL, partitioned by account', hold: () => holdPostgres(createPartitionedDatabase) },
])('changes of records in $driver', ({ hold }) => {
  const cleanup = new AsyncDisposableStack();
  let repository: ResourceRepository;
  const { signal } = new AbortController();
  const call = { signal };

  beforeAll(async () => {
    const { location } = cleanup.use(await hold());
    repository = cleanup.adopt(await openRepository({ database: location }), (it) => it.close());
  });
  afterAll(() => cleanup.disposeAsync());

  async function store(changes: Partial<NewResource> = {}): Promise<NewResource> {
    const record = createRecord(changes);
    expect((await repository.insert(record, createContent())).kind).toBe('created');
    return record;
  }

  const change = (record: NewResource, change: ResourceChange, changedAt = new Date()) =>
    repository.update({ accountId: record.accountId, id: record.id, expected: null }, { change, changedAt, signal });

  const read = (record: NewResource) => repository.findById(record, call);
  const placeOf = async (record: NewResource) => (await read(record))?.directoryPath ?? null;

  const move = (accountId: string, from: string, to: string) =>
    repository.moveDirectory(
      { accountId, directoryPath: from },
      { to, changedAt: new Date(), maxPathBytes: 1024, signal },
    );

  it('changes what is given and leaves the rest, the content included', async () => {
    const record = await store({ tags: ['a', 'b', 'c'], metadata: { z: 1, a: 2 }, createdBy: 'alice' });
    const before = await read(record);
    const changedAt = new Date(record.createdAt.getTime() + 1_000);
    const outcome = await change(record, { name: 'new', directoryPath: '/else' }, changedAt);
    const expected = { ...before, name: 'new', directoryPath: '/else', updatedAt: changedAt };
    expect(outcome).toEqual({ kind: 'updated', resource: expected });
    expect(await read(record)).toEqual(expected);
  });

  it.each([[['x']], [[]], [['c', 'b', 'a']], [['1', '2', '3', '4', '5']]])(
    'replaces three tags by %j',
    async (tags) => {
      const record = await store({ tags: ['a', 'b', 'c'] });
      await change(record, { tags });
      expect((await read(record))?.tags).toEqual(tags);
    },
  );

  it('replaces and clears metadata, letter by letter', async () => {
    const record = await store({ metadata: { old: true } });
    const metadata = JSON.parse('{"z":1,"a":{"10":-0},"__proto__":{"x":1}}');
    await change(record, { metadata });
    expect(JSON.stringify((await read(record))?.metadata)).toBe(JSON.stringify(metadata));
    await change(record, { metadata: null });
    expect((await read(record))?.metadata).toBeNull();
  });

  it('moves the time of last change forward when the clock stands still or goes back', async () => {
    const record = await store();
    for (const [step, changedAt] of [record.createdAt, new Date(0), record.createdAt].entries()) {
      await change(record, { tags: [`${step}`] }, changedAt);
      expect((await read(record))?.updatedAt.getTime()).toBe(record.createdAt.getTime() + step + 1);
    }
  });

  it('refuses a place that is taken, says by whom, and changes nothing', async () => {
    const [record, other] = [await store({ tags: ['a'] }), await store({ directoryPath: '/elsewhere' })];
    const before = await read(record);
    const outcome = await change(record, { name: other.name, directoryPath: other.directoryPath, tags: ['b'] });
    const { name, directoryPath } = other;
    expect(outcome).toEqual({ kind: 'conflict', name, directoryPath, existingId: other.id });
    expect(await read(record)).toEqual(before);
  });

  it('changes only the version that is expected', async () => {
    const record = await store();
    const { accountId, id } = record;
    const rename = (name: string, ...updatedAt: Date[]) =>
      repository.update(
        { accountId, id, expected: { updatedAt } },
        { change: { name }, changedAt: new Date(), signal },
      );
    const stale = new Date(record.createdAt.getTime() + 1);
    expect(await rename('stale', stale)).toEqual({ kind: 'stale' });
    expect(await rename('none')).toEqual({ kind: 'stale' });
    expect(await rename(createId(), stale, record.createdAt)).toMatchObject({ kind: 'updated' });
  });

  it('neither changes nor deletes what another account has', async () => {
    const record = await store();
    const foreign = { accountId: 'other', id: record.id, expected: null };
    const changing = repository.update(foreign, { change: { name: 'x' }, changedAt: new Date(), signal });
    expect(await changing).toEqual({ kind: 'not_found' });
    expect(await repository.delete(foreign, { ...FOR_GOOD, ...call })).toEqual({ kind: 'deleted', count: 0 });
    expect(await repository.deleteMany({ accountId: 'other', ids: [record.id] }, { ...FOR_GOOD, ...call })).toBe(0);
    expect(await read(record)).not.toBeNull();
  });

  it('lets exactly one of 50 changes of one version through', async () => {
    const record = await store();
    const { accountId, id, createdAt } = record;
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        repository.update(
          { accountId, id, expected: { updatedAt: [createdAt] } },
          {
            change: { tags: Array.from({ length: index }, (_, at) => `${index} ${at}`) },
            changedAt: createdAt,
            signal,
          },
        ),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === 'updated')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'stale')).toHaveLength(49);
  });

  it('never mixes the tags of 50 changes that race', async () => {
    const record = await store({ tags: ['first'] });
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        change(record, { tags: Array.from({ length: (index * 7) % 10 }, (_, at) => `${index} ${at}`) }),
      ),
    );
    const tags = (await read(record))?.tags ?? [];
    expect(new Set(tags.map((tag) => tag.split(' ')[0])).size).toBeLessThanOrEqual(1);
    expect(tags).toHaveLength(tags[0] === undefined ? 0 : (Number(tags[0].split(' ')[0]) * 7) % 10);
  });

  it('gives one name to exactly one of 50 that want it', async () => {
    const records = await Promise.all(Array.from({ length: 50 }, () => store()));
    const name = createId();
    const outcomes = await Promise.all(records.map((record) => change(record, { name })));
    const winner = records[outcomes.findIndex(({ kind }) => kind === 'updated')];
    const conflicts = outcomes.filter((outcome) => outcome.kind === 'conflict');
    expect(conflicts).toHaveLength(49);
    expect(new Set(conflicts.map(({ existingId }) => existingId))).toEqual(new Set([winner?.id]));
  });

  it('deletes a record with its tags once, and its blob stays for others', async () => {
    const text = createId();
    const [record, other] = [createRecord({ tags: ['a'] }), createRecord()];
    for (const it of [record, other]) await repository.insert(it, createContent(text));
    const versioned = { accountId: 'acme', id: record.id, expected: null };
    expect(await repository.delete(versioned, { ...FOR_GOOD, ...call })).toEqual({ kind: 'deleted', count: 1 });
    expect(await repository.delete(versioned, { ...FOR_GOOD, ...call })).toEqual({ kind: 'deleted', count: 0 });
    expect(await read(record)).toBeNull();
    expect((await read(other))?.sha256).toBe(createContent(text).sha256);
  });

  it('deletes only the version that is expected', async () => {
    const { accountId, id, createdAt } = await store();
    const remove = (time: number) =>
      repository.delete({ accountId, id, expected: { updatedAt: [new Date(time)] } }, { ...FOR_GOOD, ...call });
    expect(await remove(createdAt.getTime() - 1)).toEqual({ kind: 'stale' });
    expect(await remove(createdAt.getTime())).toEqual({ kind: 'deleted', count: 1 });
    expect(await remove(createdAt.getTime())).toEqual({ kind: 'deleted', count: 0 });
  });

  it('counts each of many ids once, and none that is gone', async () => {
    const records = await Promise.all(Array.from({ length: 100 }, () => store()));
    const ids = records.map(({ id }) => id);
    const [first = ''] = ids;
    expect(
      await repository.deleteMany(
        { accountId: 'acme', ids: [first, first.toUpperCase(), createId()] },
        { ...FOR_GOOD, ...call },
      ),
    ).toBe(1);
    expect(await repository.deleteMany({ accountId: 'acme', ids }, { ...FOR_GOOD, ...call })).toBe(99);
  });

  it('deletes a directory and all below, no more than asked for at a time, and no sibling', async () => {
    const accountId = createId();
    const inside = ['/a', '/a', '/a/b', '/a/b/c', '/a/é'];
    const outside = ['/', '/a-b', '/a0', '/A', '/b/a', '/aa/a'];
    for (const directoryPath of inside) await store({ accountId, directoryPath });
    const kept = await Promise.all(outside.map((directoryPath) => store({ accountId, directoryPath })));
    const foreign = await store({ accountId: createId(), directoryPath: '/a' });
    const remove = (maxCount: number) =>
      repository.deleteDirectory({ accountId, directoryPath: '/a' }, { ...FOR_GOOD, maxCount, signal });
    expect([await remove(3), await remove(3), await remove(3)]).toEqual([3, 2, 0]);
    for (const record of [...kept, foreign]) expect(await read(record)).not.toBeNull();
  });

  it('moves a directory with all below and leaves siblings and other accounts', async () => {
    const accountId = createId();
    const stay = [await store({ accountId, directoryPath: '/a-b' }), await store({ directoryPath: '/a' })];
    const records = await Promise.all(
      ['/a', '/a/é', '/a/é/a'].map((directoryPath) => store({ accountId, directoryPath })),
    );
    const [first] = records;
    const before = first && (await read(first));
    expect(await move(accountId, '/a', '/x/y')).toEqual({ kind: 'moved', count: 3 });
    expect(await Promise.all(records.map(placeOf))).toEqual(['/x/y', '/x/y/é', '/x/y/é/a']);
    expect(await Promise.all(stay.map(placeOf))).toEqual(['/a-b', '/a']);
    const after = first && (await read(first));
    expect(after?.updatedAt.getTime()).toBeGreaterThan(before?.updatedAt.getTime() ?? Number.NaN);
    expect(after).toEqual({ ...before, directoryPath: '/x/y', updatedAt: after?.updatedAt });
    expect(await move(accountId, '/a', '/z')).toEqual({ kind: 'moved', count: 0 });
  });

  it('moves a directory up, over the very places that its own records leave', async () => {
    const accountId = createId();
    const paths = ['/a/b', '/a/b/b', '/a/b/b/b', '/a/b/b/b/b'];
    const records = await Promise.all(paths.map((directoryPath) => store({ accountId, directoryPath, name: 'same' })));
    expect(await move(accountId, '/a/b', '/a')).toEqual({ kind: 'moved', count: 4 });
    expect(await Promise.all(records.map(placeOf))).toEqual(['/a', '/a/b', '/a/b/b', '/a/b/b/b']);
    expect(await move(accountId, '/a', '/')).toEqual({ kind: 'moved', count: 4 });
    expect(await Promise.all(records.map(placeOf))).toEqual(['/', '/b', '/b/b', '/b/b/b']);
  });

  it('moves nothing when one of 200 places is taken, and says which', async () => {
    const accountId = createId();
    const records = await Promise.all(
      Array.from({ length: 200 }, (_, index) => store({ accountId, directoryPath: '/a/b', name: `${index}` })),
    );
    const taken = await store({ accountId, directoryPath: '/c/b', name: '117' });
    const place = { directoryPath: '/c/b', name: '117', existingId: taken.id };
    expect(await move(accountId, '/a', '/c')).toEqual({ kind: 'conflict', ...place });
    expect(new Set(await Promise.all(records.map(placeOf)))).toEqual(new Set(['/a/b']));
  });

  it('moves nothing when one path would grow beyond the limit in bytes', async () => {
    const accountId = createId();
    const deep = `/a/${'é'.repeat(200)}`;
    const records = await Promise.all(['/a', deep].map((directoryPath) => store({ accountId, directoryPath })));
    const moveTo = (to: string, maxPathBytes: number) =>
      repository.moveDirectory({ accountId, directoryPath: '/a' }, { to, changedAt: new Date(), maxPathBytes, signal });
    expect(await moveTo('/abc', 404)).toEqual({ kind: 'path_too_long' });
    expect(await Promise.all(records.map(placeOf))).toEqual(['/a', deep]);
    expect(await moveTo('/abc', 405)).toEqual({ kind: 'moved', count: 2 });
  });

  it('loses and doubles nothing when moves, renames, creates and deletes of one directory race', async () => {
    const accountId = createId();
    const records = await Promise.all(
      Array.from({ length: 40 }, (_, index) => store({ accountId, directoryPath: '/a', name: `${index}` })),
    );
    await Promise.all([
      ...Array.from({ length: 6 }, (_, index) => move(accountId, index % 2 ? '/a' : '/b', index % 2 ? '/b' : '/a')),
      ...records.slice(0, 20).map((record) => change(record, { name: `renamed ${record.name}` })),
      ...records
        .slice(20, 30)
        .map(({ id }) => repository.delete({ accountId, id, expected: null }, { ...FOR_GOOD, ...call })),
      ...Array.from({ length: 10 }, () => store({ accountId, directoryPath: '/a' })),
    ]);
    const found = await Promise.all(records.map(read));
    expect(found.slice(20, 30).every((resource) => resource === null)).toBe(true);
    expect(found.slice(0, 20).map((resource) => resource?.name)).toEqual(
      records.slice(0, 20).map(({ name }) => `renamed ${name}`),
    );
    for (const resource of found) expect(['/a', '/b', undefined]).toContain(resource?.directoryPath);
  });

  it('begins nothing for a caller who has gone', async () => {
    const record = await store();
    const reason = new Error('gone');
    const gone = { signal: AbortSignal.abort(reason) };
    const deleting = repository.delete(
      { accountId: record.accountId, id: record.id, expected: null },
      { ...FOR_GOOD, ...gone },
    );
    await expect(deleting).rejects.toBe(reason);
    expect(await read(record)).not.toBeNull();
  });
});
