// Carries over what former versions kept in PGlite, which they embedded: its files are of another kind, so row by row.
import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { OpenDatabaseOptions } from '../database.ts';
import { migrateTo } from '../migrate.ts';

export type CarryOverOptions = Pick<OpenDatabaseOptions, 'onStep'> & {
  /** Of a database without tables. */
  readonly url: string;
};

/** A row with its content has a megabyte at most, and twice as much as text. */
const ROWS_AT_ONCE = 32;
const CONNECT_TIMEOUT_MS = 5_000;
const MIGRATIONS = 'mikro_orm_migrations';

/**
 * Gives the database at `url` the tables that PGlite's in `directory` has, with all their rows. What has come since then is
 * left to the next start's migrations. The source is only read.
 * @throws Error in a clear sentence when PGlite is not installed; whatever a database throws, with nothing of use at `url`
 */
export async function carryOver(directory: string, { url, onStep }: CarryOverOptions): Promise<void> {
  const source = await openPglite(directory);
  const target = new pg.Client({ connectionString: url });
  try {
    await migrateTo(await listApplied(source), url, { log: () => {}, onStep, connectTimeoutMs: CONNECT_TIMEOUT_MS });
    await target.connect();
    // No foreign key is looked at, so that the tables may come in any order.
    await target.query('set session_replication_role = replica');
    for (const table of await listTables(source)) await copyTable(table, source, target);
  } finally {
    await target.end();
    await source.close();
  }
}

/** It comes with an install for development: nobody else needs it, and this once only. */
async function openPglite(directory: string): Promise<PGlite> {
  try {
    const { PGlite } = await import('@electric-sql/pglite');
    return await PGlite.create(directory);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause;
    throw new Error(
      `the database in ${directory} was made by PGlite, which former versions embedded, and PGlite is not installed. ` +
        'Run npm ci without --omit=dev and start once: the database is carried over, and needs PGlite no longer',
      { cause },
    );
  }
}

async function listApplied(source: PGlite): Promise<string[]> {
  const { rows } = await source.query<{ known: boolean }>(`select to_regclass('${MIGRATIONS}') is not null as known`);
  if (rows[0]?.known !== true) return [];
  const applied = await source.query<{ name: string }>(`select name from ${MIGRATIONS} order by id`);
  return applied.rows.map(({ name }) => name);
}

async function listTables(source: PGlite): Promise<string[]> {
  const { rows } = await source.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename <> '${MIGRATIONS}'`,
  );
  return rows.map(({ name }) => name);
}

/** As text, which every type can be written as and read from without a loss. */
async function copyTable(table: string, source: PGlite, target: pg.Client): Promise<void> {
  const { rows: columns } = await source.query<{ name: string; type: string }>(
    `select quote_ident(attname) as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
    [table],
  );
  const names = columns.map(({ name }) => name);
  const insert = `insert into ${table} (${names}) select ${columns.map(({ name, type }) => `given.${name}::${type}`)}
    from unnest(${columns.map((_column, index) => `$${index + 1}::text[]`)}) as given(${names})`;
  let copied = 0;
  await source.transaction(async (transaction) => {
    await transaction.exec(`declare carried cursor for select ${names.map((name) => `${name}::text`)} from ${table}`);
    for (;;) {
      const fetch = `fetch ${ROWS_AT_ONCE} from carried`;
      const { rows } = await transaction.query<(string | null)[]>(fetch, [], { rowMode: 'array' });
      if (rows.length === 0) return;
      await target.query(
        insert,
        columns.map((_column, index) => rows.map((row) => row[index])),
      );
      copied += rows.length;
    }
  });
  const { rows } = await target.query<{ count: number }>(`select count(*)::int as count from ${table}`);
  if (rows[0]?.count !== copied)
    throw new Error(`${copied} rows of ${table} were carried over, not all of which arrived`);
}
