import pg from 'pg';
import { expect, inject, it } from 'vitest';
import { REFUSING } from '../../../src/domain/conflict.ts';
import { createId } from '../../../src/domain/fields/ids.ts';
import { createInsertStatement } from '../../../src/persistence/create/insert-statement.ts';
import { openRepository } from '../../../src/persistence/repository.ts';
import { createContent, createRecord } from '../../support/persistence/records.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

/** PostgreSQL tries this many plans made for the values before it compares them with one for any (`plan_cache_mode`). */
const CUSTOM_PLANS = 5;

it('is planned once for groups of any size, small ones among them', async () => {
  await using opened = new AsyncDisposableStack();
  const { url } = opened.use(await createDatabase(inject('postgresUrl')));
  // Migrates.
  await (await openRepository({ database: { kind: 'postgres', url } })).close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  opened.defer(() => client.end());

  const limits = [null, { quotas: { bytes: null, resources: null }, requests: [] }];
  for (let round = 0; round < 3 * CUSTOM_PLANS; round += 1) {
    for (const kept of limits) {
      const row = { resource: createRecord({ tags: ['a', 'b'] }), content: createContent(), newBlobId: createId() };
      const rows = [{ ...row, metadata: null, kept: null, rule: REFUSING }];
      const { values, ...statement } = createInsertStatement(rows, {
        accountIds: new Set([row.resource.accountId]),
        limits: kept,
      });
      await client.query({ ...statement, values: [...values] });
    }
  }
  const { rows } = await client.query(
    'select name, custom_plans, generic_plans from pg_prepared_statements order by name',
  );
  const plans = { custom_plans: `${CUSTOM_PLANS}`, generic_plans: `${2 * CUSTOM_PLANS}` };
  expect(rows).toEqual([
    { name: 'insert-resources', ...plans },
    { name: 'insert-resources-limited', ...plans },
  ]);
});
