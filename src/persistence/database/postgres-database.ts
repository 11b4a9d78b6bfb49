// A PostgreSQL server as a Database. It refuses to wait without bound for a server that has vanished.
import { MikroORM, PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import { createOrmOptions } from '../tables/orm-options.ts';
import type { Database, OpenDatabaseOptions, RowsOf, Statement } from './database.ts';
import { migrate } from './database.ts';
import { isLockTimeout, judgeSqlError } from './sql-errors.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** Ours hold a lock for a statement's time. Who waits longer waits for somebody else's, of a table perhaps. */
const LOCK_TIMEOUT_MS = 5_000;
/** The server ends a statement itself; this one is for a server that no longer answers at all. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;
const MAX_INSERTS_IN_FLIGHT = 2;
/** Any constant of our own: every gateway that migrates takes this advisory lock first. */
const MIGRATION_LOCK = 1_919_248_231;

/**
 * Migrates the database at `url` and opens a pool on it. Safe when several processes do so at once.
 * @throws whatever the driver throws when the server cannot be reached within 5 seconds or a migration fails
 */
export async function openPostgresDatabase(url: string, options: OpenDatabaseOptions): Promise<Database> {
  options.onStep('connecting to PostgreSQL');
  const appliedMigrations = await migrateUnderLock(url, options);

  const orm = await MikroORM.init({
    ...createPostgresOptions(url),
    logger: options.log,
    driverOptions: {
      onPoolCreated: (created: Pool) => {
        created.on('error', (error) => options.log(`an idle connection to PostgreSQL was lost: ${error.message}`));
      },
      max: options.maxConnections,
      connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS,
      query_timeout: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'resource-gateway',
    },
  });
  const pool = await orm.em.getConnection().getNativeClient();

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
    await orm.close(true);
    // Kysely, by which MikroORM closes, ends no pool that it has sent no statement through itself: ours run beside it.
    if (!pool.ending) await pool.end();
  }
  const maxCallsInFlight = Math.max(1, options.maxConnections - MAX_INSERTS_IN_FLIGHT - 1);
  return {
    maxInsertsInFlight: MAX_INSERTS_IN_FLIGHT,
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

/**
 * What both the service and the command line tell MikroORM about a PostgreSQL server. A database is not created: under
 * a misspelt name it would be served empty.
 */
export function createPostgresOptions(url: string) {
  return { ...createOrmOptions(), driver: PostgreSqlDriver, clientUrl: url, ensureDatabase: false as const };
}

/** A pool of its own, since a migration may take longer than a statement of the service is allowed to. */
async function migrateUnderLock(url: string, options: OpenDatabaseOptions): Promise<string[]> {
  const orm = await MikroORM.init({
    ...createPostgresOptions(url),
    logger: options.log,
    driverOptions: { max: 2, connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS },
  });
  try {
    const pool = await orm.em.getConnection().getNativeClient();
    const holder = await pool.connect();
    try {
      const { rows } = await holder.query('select pg_try_advisory_lock($1) as free', [MIGRATION_LOCK]);
      if (rows[0]?.free !== true) {
        options.onStep('waiting for another gateway that brings the database up to date');
        await holder.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
      }
      return await migrate(orm, options);
    } finally {
      // Closing the session frees the lock, also when the server no longer listens.
      holder.release(true);
    }
  } finally {
    await orm.close(true);
  }
}
