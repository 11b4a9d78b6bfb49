// The gateway's tables partitioned by account, as an operator of many accounts might do it.
import pg from 'pg';
import { openRepository } from '../../../src/persistence/repository.ts';
import { createDatabase } from '../servers/postgres.ts';

const PARTITIONS = 4;

/** Names a partition; its number is the same for one account in all tables. */
export const PARTITION = /_partition_(\d+)$/;

/** A migrated database without rows, on the server at `serverUrl`, whose tables are partitioned by hash of the account. */
export async function createPartitionedDatabase(serverUrl: string): ReturnType<typeof createDatabase> {
  const database = await createDatabase(serverUrl);
  await (await openRepository({ database: { kind: 'postgres', url: database.url } })).close();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await partition(client);
  } finally {
    await client.end();
  }
  return database;
}

/**
 * Keys, columns, checks and indexes are those of the migrations; foreign keys are the only ones that `like` leaves out. What
 * is partitioned already is so again, below the account.
 */
async function partition(client: pg.Client): Promise<void> {
  const tables = await client.query(`select relname as name,
      case when relkind = 'p' then pg_get_partkeydef(pg_class.oid) end as inner_key,
      array(select pg_get_expr(relpartbound, part.oid) from pg_inherits join pg_class as part on part.oid = inhrelid
        where inhparent = pg_class.oid order by part.relname) as bounds
    from pg_class join pg_attribute on attrelid = pg_class.oid
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
      and attname = 'account_id'`);
  const foreignKeys = await client.query(`select conrelid::regclass as table, pg_get_constraintdef(oid) as definition
    from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`);
  for (const { name, inner_key, bounds } of tables.rows) {
    await client.query(`alter table ${name} rename to plain_${name}`);
    await client.query(`create table ${name} (like plain_${name} including all) partition by hash (account_id)`);
    for (let number = 0; number < PARTITIONS; number += 1) {
      const bound = `for values with (modulus ${PARTITIONS}, remainder ${number})`;
      const inner = inner_key === null ? '' : `partition by ${inner_key}`;
      await client.query(`create table ${name}_partition_${number} partition of ${name} ${bound} ${inner}`);
      for (const [index, innerBound] of bounds.entries()) {
        const leaf = `${name}_${index}_partition_${number}`;
        await client.query(`create table ${leaf} partition of ${name}_partition_${number} ${innerBound}`);
      }
    }
  }
  for (const { name } of tables.rows) await client.query(`drop table plain_${name} cascade`);
  for (const { table, definition } of foreignKeys.rows) await client.query(`alter table ${table} add ${definition}`);
}
