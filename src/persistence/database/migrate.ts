// Brings the schema up to date. Nothing of this is loaded by a start that has nothing to migrate.
import { MikroORM, PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { PoolConfig } from 'pg';
import { listMigrationNames } from '../migrations/names.ts';
import { createOrmOptions } from '../tables/orm-options.ts';
import type { OpenDatabaseOptions } from './database.ts';

/** Any constant of our own: every gateway that migrates takes this advisory lock first. */
const MIGRATION_LOCK = 1_919_248_231;

export type MigrateOptions = Pick<OpenDatabaseOptions, 'log' | 'onStep'> & { readonly connectTimeoutMs: number };

/**
 * What both the service and the command line tell MikroORM about a PostgreSQL server. A database is not created: under
 * a misspelt name it would be served empty.
 */
export function createPostgresOptions(url: string, driverOptions: PoolConfig = {}) {
  return {
    ...createOrmOptions(),
    driver: PostgreSqlDriver,
    clientUrl: url,
    // MikroORM reads the address alone. The driver follows what else stands in it, such as how to encrypt.
    driverOptions: { ...driverOptions, connectionString: url },
    ensureDatabase: false as const,
  };
}

/**
 * Applies what is pending in the database at `url`; harmless when nothing is. Safe when several processes do so at once.
 * On connections of its own, since a migration may take longer than a statement of the service is allowed to.
 * @returns the names of the migrations that it applied
 */
export async function migrateUnderLock(url: string, options: MigrateOptions): Promise<string[]> {
  const orm = await openOrm(url, options);
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

/**
 * Applies these migrations alone, to a database that has none and that nobody else uses.
 * @throws Error naming one that is not known here
 */
export async function migrateTo(names: readonly string[], url: string, options: MigrateOptions): Promise<void> {
  const known = new Set(listMigrationNames());
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`a newer version has changed this database by ${unknown}: start that one`);
  const orm = await openOrm(url, options);
  try {
    if (names.length > 0) await orm.migrator.up([...names]);
  } finally {
    await orm.close(true);
  }
}

function openOrm(url: string, { log, connectTimeoutMs }: MigrateOptions): Promise<MikroORM> {
  const ormOptions = createPostgresOptions(url, { max: 2, connectionTimeoutMillis: connectTimeoutMs });
  return MikroORM.init({
    ...ormOptions,
    // Two lines for each migration, by a logger that is there for what goes wrong: `onStep` tells of them in one.
    migrations: { ...ormOptions.migrations, silent: true },
    logger: log,
  });
}

async function migrate(orm: MikroORM, { onStep }: MigrateOptions): Promise<string[]> {
  const pending = await orm.migrator.getPending();
  if (pending.length === 0) return [];
  onStep(`bringing the database up to date: ${pending.length} migration(s) to apply`);
  const applied = await orm.migrator.up();
  return applied.map(({ name }) => name);
}
