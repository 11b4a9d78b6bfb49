import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, inject, it } from 'vitest';
import type { Statement } from '../../../src/persistence/database/database.ts';
import {
  createFindBlobsStatement,
  createFindByPathsStatement,
  createFindContentsStatement,
  createFindResourcesStatement,
} from '../../../src/persistence/find/wanted-statements.ts';
import { openRepository } from '../../../src/persistence/repository.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

/** PostgreSQL tries this many plans made for the values before it compares them with one for any (`plan_cache_mode`). */
const CUSTOM_PLANS = 5;

const accountIds = ['acme'];
const STATEMENTS: readonly Statement<unknown>[] = [
  createFindResourcesStatement({ accountIds, ids: [randomUUID()] }),
  createFindContentsStatement({ accountIds, ids: [randomUUID()] }),
  createFindByPathsStatement({ accountIds, directoryPaths: ['/'], names: ['a'] }),
  createFindBlobsStatement({ accountIds, sha256s: ['0'.repeat(64)] }),
];

it.each(STATEMENTS)('$name is planned once for any number of keys, one among them', async (statement) => {
  await using opened = new AsyncDisposableStack();
  const { url } = opened.use(await createDatabase(inject('postgresUrl')));
  // Migrates.
  await (await openRepository({ database: { kind: 'postgres', url } })).close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  opened.defer(() => client.end());

  for (let round = 0; round < 3 * CUSTOM_PLANS; round += 1) {
    await client.query({ ...statement, values: [...statement.values] });
  }
  const { rows } = await client.query('select custom_plans, generic_plans from pg_prepared_statements');
  expect(rows).toEqual([{ custom_plans: `${CUSTOM_PLANS}`, generic_plans: `${2 * CUSTOM_PLANS}` }]);
});
