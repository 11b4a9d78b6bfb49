// At many resources of which half are in the trash, and many versions: what PostgreSQL does, and how much it reads.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseResourceFilter } from '../../../src/domain/find/resource-filter.ts';
import { type Statement, UNNAMED } from '../../../src/persistence/database/database.ts';
import { SESSION_OPTIONS } from '../../../src/persistence/database/postgres-database.ts';
import { createListStatement } from '../../../src/persistence/find/list-statement.ts';
import { createFindRecordsStatement } from '../../../src/persistence/maintenance/records-of-blob.ts';
import { openRepository } from '../../../src/persistence/repository.ts';
import { createRestoreStatement } from '../../../src/persistence/trash/restore-statement.ts';
import {
  createExpireStatement,
  createFindDeletionStatement,
  createListTrashStatement,
  createPurgeStatement,
} from '../../../src/persistence/trash/trash-statements.ts';
import {
  createListVersionsStatement,
  createRemoveOldStatement,
  createRemoveSurplusStatement,
  createRestoreVersionStatement,
} from '../../../src/persistence/versions/version-statements.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

/** Of each account. */
const COUNT = 50_000;
/** How many of them have earlier versions, four each. */
const VERSIONED = 20_000;
const LOADING_MS = 120_000;
const PAGE = 51;
/** To find a row of a page, and fetch it, its blob and its tags takes some ten pages, most of them of indexes; to write it more. */
const PAGES_A_ROW = 50;
const accountId = 'acme';
const ttlMs = 30 * 86_400_000;
const quotas = { bytes: null, resources: null };

const toId = (kind: string, number: number) => `0000000${kind}-0000-7000-8000-${`${number}`.padStart(12, '0')}`;
const ID = (kind: string) => `('0000000${kind}-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid`;

/**
 * In each account those with even numbers are there, the others in the trash; some of them were deleted as one directory.
 * Triggers, and so foreign keys, have nothing to find here, and take half of the time.
 */
const FILL = `
set session_replication_role = replica;
create temp table every as select account, n from unnest('{acme,b,c,d}'::text[]) account, generate_series(1, ${COUNT}) n;
insert into blobs (account_id, id, sha256, size_bytes, storage_bucket, storage_key, created_at)
  select account, ${ID('1')}, encode(sha256(n::text::bytea), 'hex'), 1, 'bucket', account || n, now() from every;
insert into resources (account_id, id, blob_id, directory_path, name, mime_type, size_bytes, created_at, updated_at, version)
  select account, ${ID('2')}, ${ID('1')}, '/d' || n % 100, 'file-' || n, 'text/plain', 1, now() - n * interval '1 s', now(), 5
  from every where n % 2 = 0;
insert into resource_tags (account_id, resource_id, position, tag, created_at)
  select account, ${ID('2')}, 0, 'a', now() - n * interval '1 s' from every where n % 2 = 0;
insert into trash (account_id, id, blob_id, directory_path, name, mime_type, size_bytes, tags, created_at, updated_at, version,
    deleted_at, deletion_id, deleted_path)
  select account, ${ID('2')}, ${ID('1')}, '/d' || n % 100, 'file-' || n, 'text/plain', 1, '{a}', now(), now(), 5,
    now() - n * interval '1 s', case when n % 10 = 1 then '${toId('3', 0)}'::uuid end, case when n % 10 = 1 then '/d1' end
  from every where n % 2 = 1;
insert into resource_versions (account_id, resource_id, number, blob_id, mime_type, size_bytes, created_at, replaced_at)
  select account, ${ID('2')}, number, ${ID('1')}, 'text/plain', 1, now(), now() from every, generate_series(1, 4) number where n <= ${VERSIONED};
reset session_replication_role;`;

const page = { accountId, filter: parseResourceFilter({}), maxBytes: 4_194_304, maxCount: PAGE };
const restoration = (number: number, name = `file-${number}`) => ({
  id: toId('2', number),
  directoryPath: `/d${number % 100}`,
  name,
  numbered: { stem: 'file', extension: '' },
});
const restoring = { accountId, isWhole: false, restoredAt: new Date(), restoredBy: null };
const many = Array.from({ length: 20 }, (_, index) => restoration(2 * index + 1));

type Case = {
  readonly says: string;
  readonly statement: Statement<unknown>;
  readonly indexes: readonly string[];
  readonly rows: number;
};

const CASES: readonly Case[] = [
  ...(['desc', 'asc'] as const).map((order) => ({
    says: `a page of what is there, by age ${order}`,
    statement: createListStatement({ ...page, sort: { by: 'created' as const, order }, after: null }),
    indexes: ['blobs_pkey'],
    rows: PAGE,
  })),
  {
    says: 'a page of the trash',
    statement: createListTrashStatement(
      { accountId, deletionId: null, after: null, maxCount: PAGE, maxBytes: 4_194_304 },
      { ttlMs },
    ),
    indexes: ['trash_account_id_deleted_at_index', 'blobs_pkey'],
    rows: PAGE,
  },
  {
    says: 'a later page of the trash',
    statement: createListTrashStatement(
      {
        accountId,
        deletionId: null,
        after: { deletedMs: Date.now() - 30_000_000, id: toId('2', 1) },
        maxCount: PAGE,
        maxBytes: 4_194_304,
      },
      { ttlMs },
    ),
    indexes: ['trash_account_id_deleted_at_index', 'blobs_pkey'],
    rows: PAGE,
  },
  {
    says: 'a later page of one deletion',
    statement: createListTrashStatement(
      {
        accountId,
        deletionId: toId('3', 0),
        after: { deletedMs: 0, id: toId('2', 10_000) },
        maxCount: PAGE,
        maxBytes: 4_194_304,
      },
      { ttlMs },
    ),
    indexes: ['trash_deletion_id_index', 'blobs_pkey'],
    rows: PAGE,
  },
  {
    says: 'a part of one deletion',
    statement: createFindDeletionStatement(
      accountId,
      { deletionId: toId('3', 0), afterId: toId('2', 10_000), maxCount: PAGE },
      ttlMs,
    ),
    indexes: ['trash_deletion_id_index'],
    rows: PAGE,
  },
  {
    says: 'a restoration of many',
    statement: createRestoreStatement(many, { ...restoring, policy: 'rename' }),
    indexes: ['trash_pkey', 'blobs_pkey'],
    rows: many.length,
  },
  {
    says: 'a restoration that replaces',
    statement: createRestoreStatement([{ ...restoration(1, 'file-2'), directoryPath: '/d2' }], {
      ...restoring,
      policy: 'replace',
    }),
    indexes: ['trash_pkey', 'resources_account_id_directory_path_name_unique', 'resource_versions_pkey', 'blobs_pkey'],
    rows: 1,
  },
  {
    says: 'one that is deleted for good',
    statement: createPurgeStatement({ accountId, id: toId('2', 1), maxCount: 1 }),
    indexes: ['trash_pkey', 'resource_versions_pkey'],
    rows: 1,
  },
  {
    says: 'the versions of one',
    statement: createListVersionsStatement({ accountId, id: toId('2', 2), before: null, maxCount: PAGE }),
    indexes: ['resources_pkey', 'resource_versions_pkey', 'blobs_pkey'],
    rows: 5,
  },
  {
    says: 'a version that is restored',
    statement: createRestoreVersionStatement(
      { accountId, id: toId('2', 2), number: 1 },
      { restoredAt: new Date(), restoredBy: null, quotas },
    ),
    indexes: ['resources_pkey', 'resource_versions_pkey', 'blobs_pkey'],
    rows: 1,
  },
  {
    says: 'what refers to a blob',
    statement: createFindRecordsStatement({ accountId, id: toId('1', 1), limit: 11 }),
    indexes: ['trash_blob_id_index', 'resource_versions_blob_id_index', 'resources_pkey'],
    rows: 5,
  },
];

/** What the sweep removes at once. */
const SWEPT = 1_000;
/** How many they remove is a value: without it the planner takes it for a tenth of all. */
const SWEEPS: readonly Case[] = [
  {
    says: 'a page of versions, of which those beyond the newest are removed',
    statement: createRemoveSurplusStatement(
      { accountId, resourceId: toId('2', 10_000), number: 2 },
      { limit: SWEPT, maxCount: 2 },
    ),
    indexes: ['resource_versions_pkey'],
    rows: 1,
  },
  {
    says: 'what the oldest versions are',
    statement: createRemoveOldStatement({ ttlMs: 0, limit: SWEPT }),
    indexes: ['resource_versions_replaced_at_index', 'resource_versions_pkey'],
    rows: 1,
  },
  {
    says: 'what has been in the trash for longest',
    statement: createExpireStatement({ ttlMs: 0, limit: SWEPT }),
    indexes: ['trash_deleted_at_index', 'trash_pkey', 'resource_versions_pkey'],
    rows: 4,
  },
];

type Node = {
  readonly 'Actual Rows': number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
};

describe(`with ${2 * COUNT} resources that are there, as many in the trash and ${16 * VERSIONED} versions, of four accounts`, () => {
  const cleanup = new AsyncDisposableStack();
  let client: pg.Client;
  beforeAll(async () => {
    const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
    // Migrates.
    await (await openRepository({ database: { kind: 'postgres', url } })).close();
    client = new pg.Client({ connectionString: url, options: SESSION_OPTIONS });
    await client.connect();
    cleanup.defer(() => client.end());
    await client.query(FILL);
    await client.query('vacuum (analyze) blobs, resources, trash, resource_versions, resource_tags');
  }, LOADING_MS);
  afterAll(() => cleanup.disposeAsync());

  async function explain(text: string, options: string, values: readonly unknown[] = []): Promise<string> {
    const { rows } = await client.query(`explain (${options}) ${text}`, [...values]);
    const [first] = rows;
    return typeof first['QUERY PLAN'] === 'string'
      ? rows.map((row) => row['QUERY PLAN']).join('\n')
      : JSON.stringify(first['QUERY PLAN']);
  }

  it.each([...CASES, ...SWEEPS])(
    '$says is found by its indexes, and reads no more than it needs',
    async ({ statement, indexes, rows }) => {
      await client.query('begin');
      try {
        const plan = await explain(statement.text, 'analyze, buffers, timing off, format json', statement.values);
        const [{ Plan: root }] = JSON.parse(plan) as [{ Plan: Node }];
        for (const index of indexes) expect(plan).toContain(`"Index Name":"${index}"`);
        expect(plan).not.toContain('"Seq Scan"');
        expect(root['Actual Rows'], plan).toBe(rows);
        const pages = root['Shared Hit Blocks'] + root['Shared Read Blocks'];
        expect(pages, plan).toBeLessThan(
          (SWEEPS.some((one) => one.statement === statement) ? SWEPT : PAGE) * PAGES_A_ROW,
        );
      } finally {
        await client.query('rollback');
      }
    },
  );

  it.each(CASES.filter(({ statement }) => statement.name !== ''))(
    '$says is found by its indexes also when it is planned for any values',
    async ({ statement, indexes }) => {
      await client.query('set plan_cache_mode = force_generic_plan');
      await client.query(`prepare planned as ${statement.text}`);
      try {
        const nulls = statement.values.map(() => 'null').join(', ');
        const plan = await explain(`execute planned(${nulls})`, 'format text');
        for (const index of indexes) expect(plan).toContain(index);
        expect(plan).not.toContain('Seq Scan');
      } finally {
        await client.query('deallocate planned');
        await client.query('reset plan_cache_mode');
      }
    },
  );

  it('finds the little that an account has in the trash without a walk through what another has', async () => {
    const rare = { accountId: 'b', deletionId: toId('3', 0), maxCount: PAGE };
    await client.query('begin');
    try {
      await client.query('set local session_replication_role = replica');
      await client.query(`delete from trash where account_id = any('{c,d}') or account_id = 'b' and id < $1`, [
        toId('2', COUNT - 100),
      ]);
      await client.query('analyze trash');
      for (const { name, text, values } of [
        createListTrashStatement({ ...rare, maxBytes: 4_194_304, deletionId: null, after: null }, { ttlMs }),
        createListTrashStatement({ ...rare, maxBytes: 4_194_304, after: null }, { ttlMs }),
        createListTrashStatement(
          { ...rare, maxBytes: 4_194_304, after: { deletedMs: 0, id: toId('2', COUNT) } },
          { ttlMs },
        ),
        createFindDeletionStatement('b', { ...rare, afterId: null }, ttlMs),
      ]) {
        // A plan for any values would be the one for the other.
        expect(name).toBe(UNNAMED);
        const plan = await explain(text, 'analyze, buffers, timing off, format json', values);
        const [{ Plan: root }] = JSON.parse(plan) as [{ Plan: Node }];
        expect(root['Actual Rows'], plan).toBeGreaterThan(0);
        expect(root['Shared Hit Blocks'] + root['Shared Read Blocks'], plan).toBeLessThan(PAGE * PAGES_A_ROW);
      }
    } finally {
      await client.query('rollback');
      // What it has counted is not rolled back.
      await client.query('analyze trash');
    }
  });

  it.each(SWEEPS)('$says is planned for its number each time', async ({ statement }) => {
    await client.query('begin');
    try {
      for (let round = 0; round < 12; round += 1) {
        await client.query({ name: statement.name, text: statement.text, values: [...statement.values] });
      }
      const { rows } = await client.query('select generic_plans from pg_prepared_statements where name = $1', [
        statement.name,
      ]);
      expect(rows).toEqual([{ generic_plans: '0' }]);
    } finally {
      await client.query('rollback');
    }
  });
});
