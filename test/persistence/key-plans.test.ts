// What is looked for by a unique key is found by that key's index, however little the planner knows of the table.
import { expect, inject, it } from 'vitest';
import { REFUSING } from '../../src/domain/conflict.ts';
import { createId } from '../../src/domain/fields/ids.ts';
import { createInsertStatement } from '../../src/persistence/create/insert-statement.ts';
import type { Statement } from '../../src/persistence/database/database.ts';
import { openPostgresDatabase } from '../../src/persistence/database/postgres-database.ts';
import { createFindByPathStatement, createFindResourceStatement } from '../../src/persistence/find/read-statements.ts';
import {
  createFindBlobsStatement,
  createFindByPathsStatement,
  createFindContentsStatement,
  createFindResourcesStatement,
} from '../../src/persistence/find/wanted-statements.ts';
import { openRepository, type Repository } from '../../src/persistence/repository.ts';
import { createContent, createRecord } from '../support/persistence/records.ts';
import { createDatabase } from '../support/servers/postgres.ts';

const accountId = 'acme';
const accountIds = [accountId];
const id = createId();
const row = {
  resource: createRecord(),
  content: createContent(),
  newBlobId: createId(),
  metadata: null,
  kept: null,
  rule: REFUSING,
};
const quotas = { bytes: null, resources: null };

/** Each with the indexes that serve it. Foreign keys are looked after by statements that the server writes itself. */
const STATEMENTS: readonly { readonly statement: Statement<unknown>; readonly indexes: readonly string[] }[] = [
  ...[null, { quotas, requests: [] }].map((limits) => ({
    statement: createInsertStatement([row], { accountIds: new Set([row.resource.accountId]), limits }),
    indexes: [
      ...(limits === null ? ['account_quotas_pkey'] : []),
      'blobs_account_id_sha256_unique',
      'resources_account_id_directory_path_name_unique',
    ],
  })),
  { statement: toCheck('blobs'), indexes: ['blobs_pkey'] },
  { statement: toCheck('resources'), indexes: ['resources_pkey'] },
  {
    statement: createFindByPathStatement({ accountId, directoryPath: '/', name: 'a' }),
    indexes: ['resources_account_id_directory_path_name_unique', 'resources_pkey', 'blobs_pkey', 'resource_tags_pkey'],
  },
  {
    statement: createFindByPathsStatement({ accountIds, directoryPaths: ['/'], names: ['a'] }),
    indexes: ['resources_account_id_directory_path_name_unique', 'resources_pkey', 'blobs_pkey', 'resource_tags_pkey'],
  },
  {
    statement: createFindResourceStatement({ accountId, id }),
    indexes: ['resources_pkey', 'blobs_pkey', 'resource_tags_pkey'],
  },
  {
    statement: createFindResourcesStatement({ accountIds, ids: [id] }),
    indexes: ['resources_pkey', 'blobs_pkey', 'resource_tags_pkey'],
  },
  { statement: createFindContentsStatement({ accountIds, ids: [id] }), indexes: ['resources_pkey', 'blobs_pkey'] },
  {
    statement: createFindBlobsStatement({ accountIds, sha256s: [row.content.sha256] }),
    indexes: ['blobs_account_id_sha256_unique'],
  },
];

function toCheck(table: string): Statement {
  const text = `select 1 from only ${table} x where account_id = $1 and id = $2 for key share of x`;
  return { name: `check-${table}`, text, values: [accountId, id] };
}

async function store(repository: Repository, accountOf: (number: number) => string): Promise<void> {
  const creates = Array.from({ length: 300 }, (_, number) =>
    repository.insert(createRecord({ accountId: accountOf(number), tags: ['a'] }), createContent(`${number}`)),
  );
  await Promise.all(creates);
}

it.each([
  { says: 'nothing is there', isFilled: false, fill: async () => {} },
  {
    says: 'all accounts have one record',
    isFilled: true,
    fill: (repository: Repository) => store(repository, (number) => `a${number}`),
  },
  {
    says: 'there is one account',
    isFilled: true,
    fill: (repository: Repository) => store(repository, () => accountId),
  },
])('a row is found by all of its key when it is planned while $says', async ({ isFilled, fill }) => {
  await using opened = new AsyncDisposableStack();
  const { url } = opened.use(await createDatabase(inject('postgresUrl')));
  const repository = await openRepository({ database: { kind: 'postgres', url } });
  opened.defer(() => repository.close());
  await fill(repository);
  // Of one connection, so that what is prepared stays at hand.
  const database = await openPostgresDatabase(url, { maxConnections: 1, log: () => {}, onStep: () => {} });
  opened.defer(() => database.close());
  const run = (text: string) => database.run<{ readonly 'QUERY PLAN': string }>({ name: '', text, values: [] });
  if (isFilled) await run('analyze');
  await run('set plan_cache_mode = force_generic_plan');
  for (const { statement, indexes } of STATEMENTS) {
    await run(`prepare "${statement.name}" as ${statement.text}`);
    const nulls = statement.values.map(() => 'null').join(', ');
    const plan = (await run(`explain execute "${statement.name}"(${nulls})`))
      .map((one) => one['QUERY PLAN'])
      .join('\n');
    const used = [...plan.matchAll(/(?:Index|Index Only) Scan (?:Backward )?using (\w+)/g)].map(([, index]) => index);
    expect(new Set(used), `${statement.name}\n${plan}`).toEqual(new Set(indexes));
    expect(plan).not.toContain('Seq Scan');
  }
});
