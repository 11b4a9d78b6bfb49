// Carries over what former versions kept in PGlite, which they embedded: its files are of another kind, so row by row.
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import type { OpenDatabaseOptions } from '../database.ts';
import { migrateTo } from '../migrate.ts';

export type CarryOverOptions = Pick<OpenDatabaseOptions, 'onStep'> & {
  /** Of a database without tables. */
  readonly url: string;
};

/** What is used of PGlite, whose own types are not always there. */
type Pglite = PgliteSession & {
  transaction<T>(work: (session: PgliteSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};
type PgliteSession = {
  query<Row>(text: string, values?: unknown[], options?: { rowMode: 'array' }): Promise<{ rows: Row[] }>;
  /** Any number of statements. */
  exec(text: string): Promise<unknown>;
};
type PgliteModule = { create(directory: string): Promise<Pglite> };

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

const VERSION = '0.5.8';
const ROOT = dirname(findPackageJSON(import.meta.url) as string);
/** In a checkout, where `scripts/tool.js` brings it; as a package beside ours, where ours is one of another project. */
const PLACES = [pathToFileURL(join(ROOT, 'tools', 'pglite', 'index.js')).href, '@electric-sql/pglite'];

/**
 * Opens what PGlite has made in `directory`, or makes it. PGlite comes with no install: this once is all that it is for.
 * @throws Error in a clear sentence when PGlite is not installed
 */
export async function openPglite(directory: string): Promise<Pglite> {
  for (const place of PLACES) {
    const found: { readonly PGlite: PgliteModule } | null = await import(place).catch(unlessMissing);
    if (found !== null) return await found.PGlite.create(directory);
  }
  throw new Error(
    `the database in ${directory} was made by PGlite, which former versions embedded, and PGlite is not installed. ` +
      `Run "node scripts/tool.js tools/pglite" (or "npm install @electric-sql/pglite@${VERSION}" where the gateway is ` +
      'a package of another project) and start once: the database is carried over, and needs PGlite no longer',
  );
}

function unlessMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return null;
  throw error;
}

async function listApplied(source: Pglite): Promise<string[]> {
  const { rows } = await source.query<{ known: boolean }>(`select to_regclass('${MIGRATIONS}') is not null as known`);
  if (rows[0]?.known !== true) return [];
  const applied = await source.query<{ name: string }>(`select name from ${MIGRATIONS} order by id`);
  return applied.rows.map(({ name }) => name);
}

async function listTables(source: Pglite): Promise<string[]> {
  const { rows } = await source.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename <> '${MIGRATIONS}'`,
  );
  return rows.map(({ name }) => name);
}

/** As text, which every type can be written as and read from without a loss. */
async function copyTable(table: string, source: Pglite, target: pg.Client): Promise<void> {
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
