// The options of the MikroORM command line. Only the driver that is used gets loaded.
import type { DatabaseLocation } from './database.ts';

/** What `mikro-orm` needs to work on `database`; nothing is opened before a command needs it. */
export async function createCliOptions(database: DatabaseLocation) {
  if (database.kind === 'postgres') {
    const { createPostgresOptions } = await import('./postgres-database.ts');
    return createPostgresOptions(database.url);
  }
  const { createPgliteOptions } = await import('./pglite-database.ts');
  return createPgliteOptions(database.directory);
}
