// At 200,000 resources in one account: what PostgreSQL does for each filter that is documented.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createId } from '../../src/domain/ids.ts';
import type { ListQuery } from '../../src/domain/read-ports.ts';
import { parseResourceFilter, type ResourceFilterInput } from '../../src/domain/resource-filter.ts';
import { SORT_KEYS, SORT_ORDERS } from '../../src/domain/resource-sort.ts';
import { createListStatement } from '../../src/persistence/list-statement.ts';
import { openRepository } from '../../src/persistence/repository.ts';
import { createDatabase } from '../servers/postgres.ts';

const COUNT = 200_000;
const LOADING_MS = 300_000;

const LOAD = [
  `insert into blobs (id, account_id, sha256, size_bytes, storage_bucket, storage_key, created_at)
   select gen_random_uuid(), 'acme', encode(sha256(n::text::bytea), 'hex'), n * 7919 % 1000003, 'local', n, now()
   from generate_series(1, ${COUNT / 10}) n`,
  `insert into resources (id, account_id, directory_path, name, mime_type, size_bytes, blob_id, metadata, created_by,
     created_at, updated_at)
   select gen_random_uuid(), 'acme', '/d' || n % 10 || '/s' || n % 10000, 'file-' || n || '.bin',
     case when n % 5000 = 0 then 'audio/ogg;codecs=opus' else (array['image/png', 'text/plain;charset=utf-8'])[1 + n % 2] end,
     blobs.size_bytes, blobs.id, case when n % 2 = 0 then json_build_object('project', 'p' || n % 10000, 'n', n) end,
     'user-' || n % 5000, timestamptz '2026-01-01' + n * interval '1 s', timestamptz '2026-02-01' + n * interval '1 s'
   from generate_series(1, ${COUNT}) n join blobs on blobs.storage_key = (1 + n % ${COUNT / 10})::text`,
  `insert into resource_tags (resource_id, position, tag)
   select id, 0, 'common' from resources union all select id, 1, 'tag-' || right(created_by, 3) from resources`,
  'analyze',
];

type Row = { readonly filter: ResourceFilterInput; readonly index: string };

/** One for each filter, so selective that walking through everything in order would be a waste. */
const FILTERS: { readonly [says: string]: Row } = {
  'a directory': { filter: { directoryPath: '/d1/s1' }, index: 'resources_account_id_directory_path_name_unique' },
  'a directory and all below it': {
    filter: { directoryPath: '/d1/s1', recursive: true },
    index: 'resources_account_id_directory_path_name_unique',
  },
  'any of two tags': { filter: { tagsAny: ['tag-7', 'tag-8'] }, index: 'resource_tags_tag_index' },
  'all of two tags': { filter: { tagsAll: ['tag-77', 'common'] }, index: 'resource_tags_tag_index' },
  metadata: { filter: { metadata: { project: 'p8' } }, index: 'resources_metadata_index' },
  'a content': {
    filter: { sha256: '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b' },
    index: 'blobs_account_id_sha256_unique',
  },
  'a type': { filter: { mimeType: 'audio/ogg' }, index: 'resources_mime_type_index' },
  'a kind of types': { filter: { mimeType: 'audio/*' }, index: 'resources_mime_type_index' },
  sizes: { filter: { minSizeBytes: 100, maxSizeBytes: 130 }, index: 'resources_size_bytes_index' },
  'times of creation': {
    filter: { createdFrom: new Date('2026-01-01T10:00:00Z'), createdBefore: new Date('2026-01-01T10:00:30Z') },
    index: 'resources_created_at_index',
  },
  'times of change': {
    filter: { updatedFrom: new Date('2026-02-01T10:00:00Z'), updatedBefore: new Date('2026-02-01T10:00:30Z') },
    index: 'resources_updated_at_index',
  },
  'a creator': { filter: { createdBy: 'user-17' }, index: 'resources_created_by_index' },
  'the beginning of a name': { filter: { namePrefix: 'file-12345' }, index: 'resources_name_index' },
};

/** As above, but so common that the page is found by walking in order. */
const COMMON: { readonly [says: string]: ResourceFilterInput } = {
  nothing: {},
  'a common tag': { tagsAll: ['common'] },
  'a common type': { mimeType: 'image/png' },
  'a common kind of types': { mimeType: 'text/*' },
  'whatever has metadata': { metadata: {} },
  'a large directory': { directoryPath: '/d1', recursive: true },
  'half of the sizes': { minSizeBytes: 500_000 },
  'half of the time': { createdFrom: new Date('2026-01-02T03:00:00Z'), updatedFrom: new Date('2026-02-01T00:00:00Z') },
};

describe(`the plan at ${COUNT} resources`, () => {
  const cleanup = new AsyncDisposableStack();
  let client: pg.Client;

  beforeAll(async () => {
    const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
    await (await openRepository({ database: { kind: 'postgres', url } })).close();
    client = new pg.Client({ connectionString: url });
    await client.connect();
    cleanup.defer(() => client.end());
    for (const statement of LOAD) await client.query(statement);
  }, LOADING_MS);
  afterAll(() => cleanup.disposeAsync());

  async function explain(filter: ResourceFilterInput, query: Pick<ListQuery, 'sort' | 'after'>): Promise<string> {
    const { text, values } = createListStatement({
      accountId: 'acme',
      filter: parseResourceFilter(filter),
      maxCount: 51,
      ...query,
    });
    const { rows } = await client.query({ text: `explain (costs off) ${text}`, values: [...values] });
    return rows.map((row) => row['QUERY PLAN']).join('\n');
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
});
