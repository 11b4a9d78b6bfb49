// The embedded PostgreSQL as a Database: one session, so one statement at a time and no concurrency to guard against.
import { MikroORM, PgliteDriver } from '@mikro-orm/pglite';
import { createOrmOptions } from '../tables/orm-options.ts';
import type { Database, OpenDatabaseOptions, RowsOf, Statement } from './database.ts';
import { migrate } from './database.ts';
import { type Cluster, openCluster } from './pglite-cluster.ts';

/**
 * Opens, and makes if needed, the database in `directory`, and migrates it.
 * @throws Error in a clear sentence when another process has it open
 */
export async function openPgliteDatabase(directory: string, options: OpenDatabaseOptions): Promise<Database> {
  const cluster = await openCluster(directory, options);
  try {
    return await openOn(cluster, options);
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

async function openOn(cluster: Cluster, options: OpenDatabaseOptions): Promise<Database> {
  const orm = await MikroORM.init({
    ...createOrmOptions(),
    driver: PgliteDriver,
    dbName: 'postgres',
    logger: options.log,
    driverOptions: { pglite: cluster.client },
  });
  const appliedMigrations = await migrate(orm, options);
  return {
    maxInsertsInFlight: 1,
    appliedMigrations,
    poolState: () => null,
    maxCallsInFlight: 1,
    run: async <Result>({ text, values }: Statement<Result>) =>
      (await cluster.client.query<Result>(text, [...values])).rows,
    transact: <Statements extends readonly Statement<unknown>[]>(statements: Statements) =>
      cluster.client.transaction(async (transaction) => {
        const results: unknown[] = [];
        for (const { text, values } of statements) results.push((await transaction.query(text, [...values])).rows);
        return results as RowsOf<Statements>;
      }),
    close: async () => {
      await orm.close(true);
      await cluster.close();
    },
  };
}

/** What the command line tells MikroORM about the embedded database; it is opened, and locked, when first needed. */
export function createPgliteOptions(directory: string) {
  return {
    ...createOrmOptions(),
    driver: PgliteDriver,
    dbName: 'postgres',
    driverOptions: { pglite: async () => (await openCluster(directory)).client },
  };
}
