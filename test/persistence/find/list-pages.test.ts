// Every way in which a page is found gives what a plain look at all resources gives, whatever has changed before.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createId } from '../../../src/domain/fields/ids.ts';
import { parseResourceFilter, type ResourceFilterInput } from '../../../src/domain/find/resource-filter.ts';
import type { ResourceSort } from '../../../src/domain/find/resource-sort.ts';
import type { ResourceRepository } from '../../../src/domain/records.ts';
import type { Resource } from '../../../src/domain/resource.ts';
import { openRepository } from '../../../src/persistence/repository.ts';
import { description, filter, labels, sort, special } from '../../support/persistence/list-arbitraries.ts';
import { listPlainly, toKey } from '../../support/persistence/list-reference.ts';
import { createPartitionedDatabase } from '../../support/persistence/partitioned.ts';
import { createContent, createRecord, FOR_GOOD } from '../../support/persistence/records.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const COUNT = 150;
const ACCOUNT = 'acme';
const changedAt = new Date('2026-01-02T00:00:00Z');
const call = { signal: new AbortController().signal };

const openPostgres = (create: typeof createDatabase) => async (cleanup: AsyncDisposableStack) => {
  const { url } = cleanup.use(await create(inject('postgresUrl')));
  return openRepository({ database: { kind: 'postgres', url } });
};

const drivers = [
  { driver: 'PostgreSQL', numRuns: 300, open: openPostgres(createDatabase) },
  { driver: 'PostgreSQL, partitioned by account', numRuns: 60, open: openPostgres(createPartitionedDatabase) },
];

describe.each(drivers)('pages from $driver', ({ open, numRuns }) => {
  const cleanup = new AsyncDisposableStack();
  let repository: ResourceRepository;
  let resources: readonly Resource[];

  beforeAll(async () => {
    repository = cleanup.adopt(await open(cleanup), (it) => it.close());
    const ids = await store(repository, ACCOUNT);
    await store(repository, 'other');
    await change(repository, ids);
    const found = await Promise.all(ids.map((id) => repository.findById({ accountId: ACCOUNT, id }, call)));
    resources = found.filter((resource) => resource !== null);
  });
  afterAll(() => cleanup.disposeAsync());

  async function expectSamePages(input: ResourceFilterInput, order: ResourceSort, maxCount: number): Promise<void> {
    const base = {
      accountId: ACCOUNT,
      filter: parseResourceFilter(input),
      sort: order,
      maxCount,
      maxBytes: Number.MAX_SAFE_INTEGER,
    };
    for (let after = null; ; ) {
      const { resources: page } = await repository.list({ ...base, after }, call);
      expect(page.map(toText)).toEqual(listPlainly(resources, { ...base, after }).map(toText));
      const last = page[maxCount - 1];
      if (last === undefined) return;
      after = { key: toKey(last, order), id: last.id };
    }
  }

  it.each([
    { says: 'any filters', arbitrary: filter },
    { says: 'metadata, tags or a directory alone', arbitrary: special },
  ])('hold what a plain look at everything finds, by $says', async ({ arbitrary }) => {
    await fc.assert(fc.asyncProperty(arbitrary, sort, fc.integer({ min: 1, max: 40 }), expectSamePages), { numRuns });
  });

  it('find by metadata what is longer than a signature covers, and what is looked for in more words than it has', async () => {
    for (const metadata of [{ k: 1 }, { long: 'y'.repeat(20_000) }, { k: Array.from({ length: 3_000 }, () => 'x') }]) {
      await expectSamePages({ metadata }, { by: 'created', order: 'desc' }, 2);
    }
  });
});

const toText = ({ name, id }: Resource) => `${name} ${id}`;

async function store(repository: ResourceRepository, accountId: string): Promise<string[]> {
  const samples = fc.sample(description, { numRuns: COUNT, seed: 7 });
  const records = samples.map(({ labels: { tags, metadata }, prefix, sizeBytes, ...described }, at) => ({
    record: createRecord({ accountId, ...described, tags, metadata, name: `${prefix}${at}` }),
    content: { ...createContent(), sizeBytes },
  }));
  await Promise.all(records.map(({ record, content }) => repository.insert(record, content)));
  return records.map(({ record }) => record.id);
}

/** A third is given other labels, a part is deleted, renamed or moved. */
async function change(repository: ResourceRepository, ids: readonly string[]): Promise<void> {
  const samples = fc.sample(labels, { numRuns: ids.length, seed: 8 });
  const expected = null;
  for (const [at, id] of ids.entries()) {
    const resource = { accountId: ACCOUNT, id, expected };
    if (at % 3 === 0) await repository.update(resource, { change: samples[at] ?? {}, changedAt, ...call });
    if (at % 10 === 1) await repository.update(resource, { change: { name: `ab-${createId()}` }, changedAt, ...call });
    if (at % 10 === 2) await repository.update(resource, { change: { directoryPath: '/a/b' }, changedAt, ...call });
    if (at % 10 === 3) await repository.delete(resource, { ...FOR_GOOD, ...call });
  }
  await repository.deleteMany({ accountId: ACCOUNT, ids: ids.slice(0, 5) }, { ...FOR_GOOD, ...call });
  await repository.moveDirectory(
    { accountId: ACCOUNT, directoryPath: '/a/b' },
    { to: '/z/b', changedAt, maxPathBytes: 1_000, ...call },
  );
  await repository.deleteDirectory({ accountId: ACCOUNT, directoryPath: '/a0' }, { ...FOR_GOOD, maxCount: 5, ...call });
}
