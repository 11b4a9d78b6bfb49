// The process that leads several others: runs what they share, and starts them.
import { type Config, EMBEDDED_URL } from '../config.ts';
import { MAX_CONNECTIONS } from '../persistence/database/database.ts';
import { openEmbedded, toMaxConnections } from '../persistence/database/embedded/open-embedded.ts';
import { leadWorkers } from '../workers.ts';
import { requireDataDirectory } from './data-directory.ts';
import type { TellStep } from './lines.ts';

/** Resolves when the workers are being started; the process then lives as long as they do. Rejects when it cannot start. */
export async function lead(config: Config, onStep: TellStep): Promise<void> {
  const log = (what: string) => void process.stderr.write(`${what}\n`);
  await requireDataDirectory(config);
  const { env, close } = await openShared(config, { log, onStep });
  onStep(`starting ${config.workers} processes`);
  leadWorkers({ count: config.workers, env, log, close });
}

type Tell = { readonly log: (what: string) => void; readonly onStep: TellStep };

/** One embedded server for all of them; a server elsewhere needs nobody here. */
async function openShared({ database, workers }: Config, { log, onStep }: Tell) {
  if (database.kind === 'postgres') return { env: {}, close: async () => {} };
  const maxConnections = toMaxConnections(workers, MAX_CONNECTIONS);
  const { url, close } = await openEmbedded(database.directory, { maxConnections, log, onStep });
  return { env: { [EMBEDDED_URL]: url }, close };
}
