// Opens the records that the configuration names, telling what it does and, when it fails, of which database.
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { openRepository, type Repository } from '../persistence/repository.ts';
import { toReason } from './failure.ts';
import type { TellStep } from './lines.ts';
import { toRecordsPlace } from './places.ts';

/** The caller closes it. @throws Error naming the database and the reason */
export async function openRecords(
  { database, quotas }: Config,
  { logger, onStep }: { readonly logger: Logger; readonly onStep: TellStep },
): Promise<Repository> {
  const place = toRecordsPlace(database);
  try {
    return await openRepository({ database, quotas, onStep, log: (message) => logger.warn(message) });
  } catch (cause) {
    // The embedded one names itself.
    if (database.kind === 'embedded') throw cause;
    throw new Error(`${place} cannot be used: ${toReason(cause)}`, { cause });
  }
}
