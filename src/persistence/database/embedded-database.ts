// The embedded server as a Database: the same driver as for a server elsewhere.
import type { Database, OpenDatabaseOptions } from './database.ts';
import { openEmbedded, toMaxConnections } from './embedded/open-embedded.ts';
import { openPostgresDatabase } from './postgres-database.ts';

/**
 * Starts the server on `directory`, opens its database and migrates it; closing it ends the server.
 * @throws Error in a clear sentence when another process has it open or it does not start
 */
export async function openEmbeddedDatabase(directory: string, options: OpenDatabaseOptions): Promise<Database> {
  const maxConnections = toMaxConnections(1, options.maxConnections);
  await using opened = new AsyncDisposableStack();
  const { log, onStep } = options;
  const server = opened.adopt(await openEmbedded(directory, { maxConnections, log, onStep }), ({ close }) => close());
  const database = opened.adopt(await openPostgresDatabase(server.url, options), ({ close }) => close());
  const running = opened.move();
  return { ...database, close: () => running.disposeAsync() };
}
