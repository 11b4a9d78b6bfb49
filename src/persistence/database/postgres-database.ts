// A PostgreSQL server as a Database. A server that has vanished is waited for with a deadline.
import pg from 'pg';
import { listMigrationNames } from '../migrations/names.ts';
import type { Database, OpenDatabaseOptions, RowsOf, Statement } from './database.ts';
import { isLockTimeout, judgeSqlError, toSqlState } from './sql-errors.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** Ours hold a lock for a statement's time. Who waits longer waits for somebody else's, of a table perhaps. */
const LOCK_TIMEOUT_MS = 5_000;
/** The server ends a statement itself; this one is for a server that no longer answers at all. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;
/**
 * Statements and foreign keys are planned once a session, perhaps while a table holds so little that reading all of it is
 * cheapest. It soon is not, so an index is taken wherever one serves. An address with `options` of its own has only those.
 */
export const SESSION_OPTIONS = '-c enable_seqscan=off';
const MAX_INSERTS_IN_FLIGHT = 2;
const MAX_READS_IN_FLIGHT = 2;

/**
 * Migrates the database at `url` and opens a pool on it. Safe when several processes do so at once.
 * @throws whatever the driver throws when the server cannot be reached within 5 seconds or a migration fails
 */
export async function openPostgresDatabase(url: string, options: OpenDatabaseOptions): Promise<Database> {
  options.onStep('connecting to PostgreSQL');
  let isClosing = false;
  const pool = new pg.Pool({
    connectionString: url,
    types: createTypes(),
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS,
    query_timeout: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
    options: SESSION_OPTIONS,
    keepAlive: true,
    application_name: 'resource-gateway',
  });
  const onLost = (error: Error) => {
    if (!isClosing) options.log(`an idle connection to PostgreSQL was lost: ${error.message}`);
  };
  // A connection that is lost while it is in use tells whoever uses it as well; without a listener it would end the process.
  pool.on('error', onLost).on('connect', (client) => client.on('error', () => {}));
  const appliedMigrations = await bringUpToDate(pool, url, options).catch(async (error) => {
    await pool.end();
    throw error;
  });

  async function run<Result>(statement: Statement<Result>): Promise<readonly Result[]> {
    const client = await pool.connect();
    try {
      const { rows } = await client.query({ ...statement, values: [...statement.values] });
      client.release();
      return rows as Result[];
    } catch (error) {
      // After a refused statement the connection is as good as before; after anything else an answer may still be due.
      client.release(!isRefusal(error));
      throw error;
    }
  }

  async function transact<Statements extends readonly Statement<unknown>[]>(statements: Statements) {
    const client = await pool.connect();
    try {
      const results: unknown[] = [];
      await client.query('begin');
      for (const statement of statements) {
        results.push((await client.query({ ...statement, values: [...statement.values] })).rows);
      }
      await client.query('commit');
      client.release();
      return results as RowsOf<Statements>;
    } catch (error) {
      const isUndone = isRefusal(error) && (await client.query('rollback').then(isTrue, isFalse));
      client.release(!isUndone);
      throw error;
    }
  }

  const poolState = () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount });
  async function close(): Promise<void> {
    isClosing = true;
    await pool.end();
  }
  const maxCallsInFlight = Math.max(1, options.maxConnections - MAX_INSERTS_IN_FLIGHT - MAX_READS_IN_FLIGHT - 1);
  return {
    maxInsertsInFlight: MAX_INSERTS_IN_FLIGHT,
    maxReadsInFlight: MAX_READS_IN_FLIGHT,
    maxCallsInFlight,
    appliedMigrations,
    poolState,
    run,
    transact,
    close,
  };
}

/** Whether the server has answered, and its session goes on. */
const isRefusal = (error: unknown) => judgeSqlError(error) !== 'server' || isLockTimeout(error);
const isTrue = () => true;
const isFalse = () => false;

/** Migrations are loaded only when one is due. */
async function bringUpToDate(
  pool: pg.Pool,
  url: string,
  { log, onStep, connectTimeoutMs = CONNECT_TIMEOUT_MS }: OpenDatabaseOptions,
): Promise<string[]> {
  const applied = new Set(await listApplied(pool));
  if (listMigrationNames().every((name) => applied.has(name))) return [];
  const { migrateUnderLock } = await import('./migrate.ts');
  return await migrateUnderLock(url, { log, onStep, connectTimeoutMs });
}

const UNDEFINED_TABLE = '42P01';

async function listApplied(pool: pg.Pool): Promise<string[]> {
  try {
    const { rows } = await pool.query<{ name: string }>('select name from mikro_orm_migrations');
    return rows.map(({ name }) => name);
  } catch (error) {
    if (toSqlState(error) === UNDEFINED_TABLE) return [];
    throw error;
  }
}

/** Dates and times as PostgreSQL writes them, which has more digits than a Date. */
const DATE_TYPES = [pg.types.builtins.DATE, pg.types.builtins.TIMESTAMP, pg.types.builtins.TIMESTAMPTZ];

function createTypes(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  for (const type of DATE_TYPES) types.setTypeParser(type, (text: string) => text);
  return types;
}
