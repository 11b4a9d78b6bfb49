import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { NewResource } from '../../../src/domain/create/ports.ts';
import { createId } from '../../../src/domain/fields/ids.ts';
import type { ListQuery } from '../../../src/domain/find/ports.ts';
import { parseResourceFilter, type ResourceFilterInput } from '../../../src/domain/find/resource-filter.ts';
import type { ResourceSort } from '../../../src/domain/find/resource-sort.ts';
import type { ResourceRepository } from '../../../src/domain/records.ts';
import type { Resource } from '../../../src/domain/resource.ts';
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

const BY_NAME: ResourceSort = { by: 'name', order: 'asc' };
const BY_AGE: ResourceSort = { by: 'created', order: 'asc' };

describe.each([
  { driver: 'PostgreSQL', hold: () => holdPostgres() },
  { driver: 'PostgreSQL, partitioned by account', hold: () => holdPostgres(createPartitionedDatabase) },
])('finding records in $driver', ({ hold }) => {
  const cleanup = new AsyncDisposableStack();
  let repository: ResourceRepository;
  const call = { signal: new AbortController().signal };

  beforeAll(async () => {
    const { location } = cleanup.use(await hold());
    repository = cleanup.adopt(await openRepository({ database: location }), (it) => it.close());
  });
  afterAll(() => cleanup.disposeAsync());

  /** An account of its own, so that no test sees another's records. */
  function openAccount() {
    const accountId = createId();
    return {
      accountId,
      async store(changes: Partial<NewResource> = {}, sizeBytes?: number): Promise<NewResource> {
        const record = createRecord({ accountId, ...changes });
        const content = createContent();
        const sized = sizeBytes === undefined ? content : { ...content, sizeBytes };
        expect((await repository.insert(record, sized)).kind).toBe('created');
        return record;
      },
      list: async (query: Partial<Omit<ListQuery, 'filter'>> & { filter?: ResourceFilterInput } = {}) => {
        const filter = parseResourceFilter(query.filter ?? {});
        const page = { accountId, sort: BY_NAME, after: null, maxCount: 100, maxBytes: 4_194_304, ...query, filter };
        return (await repository.list(page, call)).resources;
      },
    };
  }

  const namesOf = (found: readonly Resource[]) => found.map(({ name }) => name);

  it('lists what findById gives, field by field', async () => {
    const { store, list } = openAccount();
    const record = await store({ tags: ['z', 'a'], metadata: { b: 1, a: [{}] }, createdBy: 'alice' }, 5 * 1024 ** 4);
    expect(await list()).toEqual([await repository.findById(record, call)]);
    expect(await repository.findByPath(record, call)).toEqual(await repository.findById(record, call));
  });

  it('finds no place of another account', async () => {
    const record = await openAccount().store();
    expect(await repository.findByPath({ ...record, accountId: 'other' }, call)).toBeNull();
  });

  it('orders names by their bytes, whatever the locale', async () => {
    const { store, list } = openAccount();
    const names = [' ', '-', 'B', 'a', 'a-', 'a.', 'aB', 'ab', 'z', '\u00e9', '\uffee', '\u{1f600}'];
    for (const name of names.toReversed()) await store({ name });
    expect(namesOf(await list())).toEqual(names);
  });

  it('orders what was created in one millisecond by id, and goes on in the middle of it', async () => {
    const { store, list } = openAccount();
    const createdAt = new Date('2026-11-23T01:02:03.004Z');
    const records = [];
    for (let index = 0; index < 5; index += 1) records.push(await store({ createdAt }));
    const ids = records.map(({ id }) => id).sort();
    const after = { key: createdAt.getTime(), id: ids[1] as string };
    expect((await list({ sort: BY_AGE })).map(({ id }) => id)).toEqual(ids);
    expect((await list({ sort: BY_AGE, after })).map(({ id }) => id)).toEqual(ids.slice(2));
    const backwards: ResourceSort = { by: 'created', order: 'desc' };
    expect((await list({ sort: backwards, after })).map(({ id }) => id)).toEqual(ids.slice(0, 1));
  });

  it('goes on behind a resource that is gone, past one that came before it, and shows one that came after', async () => {
    const { accountId, store, list } = openAccount();
    const records = new Map<string, NewResource>();
    for (const name of ['b', 'd', 'f']) records.set(name, await store({ name }));
    const [b, d] = await list({ maxCount: 2 });
    await repository.deleteMany({ accountId, ids: [d?.id as string] }, { ...FOR_GOOD, ...call });
    await store({ name: 'a' });
    await store({ name: 'e' });
    expect([b?.name, d?.name]).toEqual(['b', 'd']);
    expect(namesOf(await list({ after: { key: 'd', id: d?.id as string } }))).toEqual(['e', 'f']);
  });

  it('includes both bounds of a size and only the beginning of a time, to the millisecond', async () => {
    const { store, list } = openAccount();
    const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms);
    for (const index of [0, 1, 2, 3]) await store({ name: `${index}`, createdAt: at(index) }, index);
    expect(namesOf(await list({ filter: { minSizeBytes: 1, maxSizeBytes: 2 } }))).toEqual(['1', '2']);
    expect(namesOf(await list({ filter: { createdFrom: at(1), createdBefore: at(3) } }))).toEqual(['1', '2']);
    expect(namesOf(await list({ filter: { updatedFrom: at(1), updatedBefore: at(3) } }))).toEqual(['1', '2']);
  });

  it('takes every character of a filter for itself', async () => {
    const { store, list } = openAccount();
    const hostile = `%_\\'"$1;--`;
    await store({ name: hostile, tags: [hostile], createdBy: hostile, directoryPath: `/${hostile}` });
    await store({ name: 'other', directoryPath: '/other/deep' });
    const filters: ResourceFilterInput[] = [
      { namePrefix: hostile.slice(0, 5) },
      { tagsAny: [hostile, ','] },
      { tagsAll: [hostile] },
      { createdBy: hostile },
      { directoryPath: `/${hostile}` },
    ];
    for (const filter of filters) expect(namesOf(await list({ filter })), JSON.stringify(filter)).toEqual([hostile]);
  });

  it('compares metadata as values: the order of keys and the spelling of numbers do not matter', async () => {
    const { store, list } = openAccount();
    await store({ name: 'yes', metadata: { n: 100, o: { b: 2, a: 1 } } });
    await store({ name: 'no', metadata: { n: 1, o: { a: 1 } } });
    expect(namesOf(await list({ filter: { metadata: { o: { a: 1, b: 2 }, n: 1e2 } } }))).toEqual(['yes']);
    expect(namesOf(await list({ filter: { metadata: JSON.parse('{"__proto__":{"a":1}}') } }))).toEqual([]);
  });

  it('counts a directory and all below it once, and none whose name begins alike', async () => {
    const { accountId, store } = openAccount();
    for (const directoryPath of ['/a', '/a', '/a/b', '/a/b/c', '/a-b', '/a0', '/']) await store({ directoryPath }, 10);
    const read = (path: string, afterName: string | null = null, maxCount = 10) =>
      repository.readDirectory({ accountId, path, afterName, maxCount }, call);
    const a = { name: 'a', resourceCount: 4, sizeBytes: 40 };
    const single = { resourceCount: 1, sizeBytes: 10 };
    expect(await read('/')).toEqual({
      resourceCount: 7,
      sizeBytes: 70,
      children: [a, { name: 'a-b', ...single }, { name: 'a0', ...single }],
    });
    const b = { name: 'b', resourceCount: 2, sizeBytes: 20 };
    expect(await read('/a')).toEqual({ resourceCount: 4, sizeBytes: 40, children: [b] });
    expect((await read('/', 'a', 1)).children).toEqual([{ name: 'a-b', ...single }]);
    expect(await read('/', 'z')).toEqual({ resourceCount: 7, sizeBytes: 70, children: [] });
    expect(await read('/nowhere')).toEqual({ resourceCount: 0, sizeBytes: 0, children: [] });
  });
});
