// The options of the MikroORM command line.
import type { DatabaseLocation } from './database.ts';
import { openEmbedded, toMaxConnections } from './embedded/open-embedded.ts';
import { createPostgresOptions } from './migrate.ts';

/**
 * What `mikro-orm` needs to work on `database`. The embedded server runs from now on; it ends with the process, which says
 * nothing of when it has done.
 */
export async function createCliOptions(database: DatabaseLocation) {
  if (database.kind === 'postgres') return createPostgresOptions(database.url);
  const tell = (line: string) => void process.stderr.write(`${line}\n`);
  const options = { maxConnections: toMaxConnections(1, 1), log: tell, onStep: () => {} };
  return createPostgresOptions((await openEmbedded(database.directory, options)).url);
}
