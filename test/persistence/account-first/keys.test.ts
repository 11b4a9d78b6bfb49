import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { openRepository } from '../../../src/persistence/repository.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

/** Tables of no account. */
const NO_ACCOUNT = [
  // What all gateways on the database share.
  'shared_secrets',
  // Where the log of events stands, and when its xids were seen.
  'event_log',
  'event_marks',
  // MikroORM's own.
  'mikro_orm_migrations',
];

/** Unique indexes have no constraint when a migration makes them bare, so both are asked for. */
const KEYS = `
select conrelid::regclass::text as table, conname as name, attname as first, confrelid::regclass::text as target,
  (select attname from pg_attribute where attrelid = confrelid and attnum = confkey[1]) as target_first
from pg_constraint join pg_attribute on attrelid = conrelid and attnum = conkey[1]
where contype in ('p', 'u', 'f') and connamespace = 'public'::regnamespace
union all
select indrelid::regclass::text, indexrelid::regclass::text, attname, '-', null
from pg_index join pg_class on pg_class.oid = indexrelid left join pg_attribute on attrelid = indrelid and attnum = indkey[0]
where indisunique and relnamespace = 'public'::regnamespace`;

test('every primary, unique and foreign key begins with the account, but in tables of no account', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  await (await openRepository({ database: { kind: 'postgres', url: database.url } })).close();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query(KEYS);
  await client.end();

  const keys = rows.filter(({ table }) => !NO_ACCOUNT.includes(table));
  const wrong = keys.filter(
    ({ first, target, target_first }) => first !== 'account_id' || (target !== '-' && target_first !== 'account_id'),
  );
  expect(wrong).toEqual([]);
  const looked = keys.map(({ table }) => table);
  expect(looked).toEqual(
    expect.arrayContaining([
      'blobs',
      'resources',
      'resource_tags',
      'idempotency_keys',
      'uploads',
      'events',
      'rate_windows',
      'account_usage',
      'account_quotas',
      'account_leases',
    ]),
  );
});
