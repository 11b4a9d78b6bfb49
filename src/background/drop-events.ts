// Keeps the log of events and the records of deliveries small, unasked, and tells of it in the log.
import type { EventLog } from '../domain/events/ports.ts';
import type { CallOptions } from '../domain/flow/stream.ts';
import type { WebhookStore } from '../domain/webhooks/ports.ts';

export type DropEvents = CallOptions & {
  readonly log: Pick<EventLog, 'dropEvents'> & Pick<WebhookStore, 'removeOldDeliveries'>;
  /** What is younger stays. */
  readonly ttlMs: number;
};

type Observer = {
  readonly logger: {
    info(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
};

/** Drops what is too old. Never rejects. */
export async function dropOldEvents({ log, ...options }: DropEvents, { logger }: Observer): Promise<void> {
  try {
    const parts = await log.dropEvents(options);
    if (parts > 0) logger.info({ parts }, 'dropped old events');
    const deliveries = await log.removeOldDeliveries(options);
    if (deliveries > 0) logger.info({ deliveries }, 'removed records of old deliveries');
  } catch (err) {
    if (!options.signal.aborted) logger.error({ err }, 'old events could not be dropped');
  }
}
