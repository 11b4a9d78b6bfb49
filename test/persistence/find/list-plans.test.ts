// At 200,000 resources in one account: what PostgreSQL does for each filter that is documented, and how much it reads.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createId } from '../../../src/domain/fields/ids.ts';
import type { JsonObject } from '../../../src/domain/fields/labels.ts';
import type { ListQuery } from '../../../src/domain/find/ports.ts';
import { parseResourceFilter, type ResourceFilterInput } from '../../../src/domain/find/resource-filter.ts';
import { SORT_KEYS, SORT_ORDERS } from '../../../src/domain/find/resource-sort.ts';
import type { Statement } from '../../../src/persistence/database/database.ts';
import { createListStatement } from '../../../src/persistence/find/list-statement.ts';
import { createMetadataScanStatement } from '../../../src/persistence/find/metadata-scan.ts';
import { createSmallDirectoryStatement } from '../../../src/persistence/find/plain-lists.ts';
import { COUNT, type Library, LOADING_MS, openLibrary } from '../../support/persistence/list-library.ts';
import { COMMON, FILTERS } from '../../support/persistence/list-plan-filters.ts';

const PAGE = 51;
/** To find a row of a page, fetch it, its blob and its tags takes some ten pages, most of them of indexes. */
const PAGES_A_ROW = 25;
const HALF_TIME = new Date('2026-01-02T03:00:00Z');

describe(`the plan at ${COUNT} resources`, () => {
  const cleanup = new AsyncDisposableStack();
  let library: Library;

  beforeAll(async () => {
    library = cleanup.use(await openLibrary());
  }, LOADING_MS);
  afterAll(() => cleanup.disposeAsync());

  const toQuery = (filter: ResourceFilterInput, query: Pick<ListQuery, 'sort' | 'after'>): ListQuery => {
    return { accountId: 'acme', filter: parseResourceFilter(filter), maxBytes: 4_194_304, maxCount: PAGE, ...query };
  };
  const explain = (filter: ResourceFilterInput, query: Pick<ListQuery, 'sort' | 'after'>) =>
    library.explain(createListStatement(toQuery(filter, query)));

  function toScan(metadata: JsonObject, query: Pick<ListQuery, 'sort' | 'after'>): Statement {
    const scan = createMetadataScanStatement(toQuery({ metadata }, query));
    if (scan === null) throw new Error('nothing scans');
    return scan;
  }

  const sorts = SORT_KEYS.flatMap((by) => SORT_ORDERS.map((order) => ({ by, order })));
  const keys = { created: Date.UTC(2026, 0, 2), name: 'file-15', size: 500_000 };

  it.each(Object.entries(FILTERS))('finds %s by its own index, in every order', async (_says, { filter, index }) => {
    for (const sort of sorts) {
      const plan = await explain(filter, { sort, after: null });
      expect(plan, `${sort.by} ${sort.order}`).not.toContain('Seq Scan');
      expect(plan, `${sort.by} ${sort.order}`).toContain(index);
    }
  });

  it.each(Object.entries(COMMON))(
    'finds %s without a sequential scan, from the beginning and from a cursor',
    async (_says, filter) => {
      for (const sort of sorts) {
        for (const after of [null, { key: keys[sort.by], id: createId() }]) {
          const plan = await explain(filter, { sort, after });
          expect(plan, `${sort.by} ${sort.order}`).not.toContain('Seq Scan');
        }
      }
    },
  );

  it.each(sorts)('begins at a cursor by $by $order, without a sort and without what lies before it', async (sort) => {
    const plan = await explain({}, { sort, after: { key: keys[sort.by], id: createId() } });
    const page = plan.slice(plan.indexOf('Limit'));
    expect(page).toMatch(/^Limit\n\s*->\s+Index Scan/);
    expect(page).toMatch(/Index Cond: .*ROW\(/);
  });

  const ages = SORT_ORDERS.map((order) => ({ by: 'created', order }) as const);

  it.each([
    { says: 'a tag that all have', filter: { tagsAny: ['common'] } },
    { says: 'a tag that all have and one that few have', filter: { tagsAny: ['common', 'tag-234'] } },
    { says: 'two tags, one of which all have', filter: { tagsAll: ['tag-234', 'common'] } },
    { says: 'a tag that all have, of half of the time', filter: { tagsAny: ['common'], createdBefore: HALF_TIME } },
  ])('reads of $says little more than a page, by age', async ({ filter }) => {
    for (const sort of ages) {
      for (const after of [null, { key: keys.created, id: createId() }]) {
        const { plan, rows, pages } = await library.read(createListStatement(toQuery(filter, { sort, after })));
        expect(rows, plan).toBeGreaterThan(0);
        expect(pages, plan).toBeLessThan(PAGE * PAGES_A_ROW);
      }
    }
  });

  it.each(sorts)('orders a directory in its index, and fetches no more than the page, by $by $order', async (sort) => {
    const query = toQuery({ directoryPath: '/d1/s1' }, { sort, after: null });
    const { plan, rows } = await library.read(createListStatement({ ...query, maxCount: 5 }));
    expect(rows, plan).toBe(5);
    expect(plan).toMatch(
      /Index Only Scan (Backward )?using resources_account_id_directory_path_name_unique on resources/,
    );
    expect(plan).toContain('Heap Fetches: 0');
  });

  it.each(sorts)('reads a small directory whole, and of a large one a part, by $by $order', async (sort) => {
    const small = toQuery({ directoryPath: '/d1/s1' }, { sort, after: null });
    const large = { ...toQuery({ directoryPath: '/large' }, { sort, after: null }), accountId: 'large' };
    for (const { query, found } of [
      { query: small, found: 20 },
      { query: { ...small, after: { key: keys[sort.by], id: createId() } }, found: undefined },
      { query: large, found: 0 },
    ]) {
      const statement = createSmallDirectoryStatement(query);
      if (statement === null) throw new Error('nothing but a directory is asked for');
      const { plan, rows, pages } = await library.read(statement);
      expect(plan).toContain('Index Only Scan using resources_account_id_directory_path_name_unique on resources');
      expect(pages, plan).toBeLessThan(20 * PAGES_A_ROW);
      if (found !== undefined) expect(rows, plan).toBe(found);
    }
    const { rows } = await library.read(createListStatement(large));
    expect(rows).toBe(PAGE);
  });

  it.each(sorts)('finds common metadata by $by $order, reading no more than a part of the order', async (sort) => {
    for (const after of [null, { key: keys[sort.by], id: createId() }]) {
      const { plan, rows, pages } = await library.read(toScan({ kind: 'k8' }, { sort, after }));
      expect(rows, plan).toBe(PAGE);
      expect(pages, plan).toBeLessThan(PAGE * PAGES_A_ROW);
    }
  });

  it.each([
    {
      says: 'rare metadata after a look at the nearest, and finds it by its index',
      metadata: { project: 'p8' },
      pages: 100,
    },
    { says: 'metadata that is only far away after a look at the nearest', metadata: { age: 'old' }, pages: 100 },
    { says: 'metadata that is only near after a scan that ends', metadata: { age: 'new' }, pages: 2_000 },
  ])('gives up $says', async ({ metadata, pages }) => {
    const query = { sort: { by: 'created', order: 'desc' }, after: null } as const;
    const scan = await library.read(toScan(metadata, query));
    expect(scan.rows, scan.plan).toBeLessThan(PAGE);
    expect(scan.pages, scan.plan).toBeLessThan(pages);
    const list = await library.read(createListStatement(toQuery({ metadata }, query)));
    expect(list.rows).toBeGreaterThan(0);
  });
});
