// Runs the embedded database's server where the configuration names it, for this process or for all those that it leads.
import type { Config } from '../config.ts';
import { type DatabaseLocation, MAX_CONNECTIONS } from '../persistence/database/database.ts';
import { openEmbedded, toMaxConnections } from '../persistence/database/embedded/open-embedded.ts';
import { requireDataDirectory } from './data-directory.ts';
import type { TellStep } from './lines.ts';

/** The database as it can be connected to. */
export type RunningDatabase = {
  readonly database: DatabaseLocation;
  /** Ends the server if it was started here; nobody uses it any more. */
  close(): Promise<void>;
};

/**
 * Makes sure of DATA_DIR and starts the server, unless it is elsewhere or runs already. What it says unasked goes to
 * standard error. @throws Error in a clear sentence when it cannot be started
 */
export async function startDatabase(config: Config, onStep: TellStep): Promise<RunningDatabase> {
  await requireDataDirectory(config);
  const { database, workers } = config;
  if (database.kind === 'postgres' || database.url !== null) return { database, close: async () => {} };
  const maxConnections = toMaxConnections(workers, MAX_CONNECTIONS);
  const log = (what: string) => void process.stderr.write(`${what}\n`);
  const { url, close } = await openEmbedded(database.directory, { maxConnections, log, onStep });
  return { database: { ...database, url }, close };
}
