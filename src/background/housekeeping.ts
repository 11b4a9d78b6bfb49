// What a gateway does unasked beside serving: it sweeps, looks after uploads that are due, and keeps the log of events small.
import type { EventLog } from '../domain/events/ports.ts';
import type { CallOptions } from '../domain/flow/stream.ts';
import type { Resources } from '../domain/resources.ts';
import type { SettledUploads } from '../domain/uploads/settle-uploads.ts';
import type { WebhookStore } from '../domain/webhooks/ports.ts';
import { type Schedule, startRepeating } from './schedule.ts';
import { type SweepObserver, sweepUnasked, type UnaskedSweep } from './sweep.ts';

export type Housekeeping = {
  readonly sweep: Omit<UnaskedSweep, 'signal'>;
  /** Null: neither the sweep nor uploads are looked after. */
  readonly sweepIntervalMs: number | null;
  readonly operations: Pick<Resources, 'settleUploads'>;
  readonly log: Pick<EventLog, 'dropEvents'> & Pick<WebhookStore, 'removeOldDeliveries'>;
  /** What is younger stays in the log of events. */
  readonly eventsTtlMs: number;
};

/** Who hears of it. */
export type HousekeepingObserver = SweepObserver & {
  recordUploads(settled: SettledUploads): void;
};

/** How often what is too old in the log of events is looked for. */
const DROP_INTERVAL_MS = 3_600_000;
/** How often uploads are looked after, unless the sweep is more often. */
const UPLOADS_INTERVAL_MS = 60_000;

/** Begins all of it; whoever starts it closes it. */
export function startHousekeeping(work: Housekeeping, observer: HousekeepingObserver): Schedule {
  const { operations, log, eventsTtlMs: ttlMs, sweepIntervalMs } = work;
  const run = (signal: AbortSignal) => dropOldEvents({ log, ttlMs, signal }, observer);
  const schedules = [startRepeating({ intervalMs: DROP_INTERVAL_MS, run })];
  if (sweepIntervalMs !== null) {
    const sweep = (signal: AbortSignal) => sweepUnasked({ ...work.sweep, signal }, observer);
    const settle = (signal: AbortSignal) => settleUnasked({ operations, signal }, observer);
    schedules.push(startRepeating({ intervalMs: sweepIntervalMs, run: sweep }));
    schedules.push(startRepeating({ intervalMs: Math.min(sweepIntervalMs, UPLOADS_INTERVAL_MS), run: settle }));
  }
  return {
    async close() {
      await Promise.all(schedules.map((schedule) => schedule.close()));
    },
  };
}

/** Settles the uploads that are due, and tells in one line what it did, if anything. Never rejects. */
async function settleUnasked(
  { operations, signal }: CallOptions & Pick<Housekeeping, 'operations'>,
  { logger, recordUploads }: HousekeepingObserver,
): Promise<void> {
  try {
    const settled = await operations.settleUploads({
      signal,
      onFailed: ({ uploadId, thrown: err }) => logger.info({ uploadId, err }, 'an upload could not be finished'),
    });
    recordUploads(settled);
    if (Object.values(settled).some((count) => count > 0)) logger.info(settled, 'uploads');
  } catch (err) {
    if (!signal.aborted) logger.error({ err }, 'uploads could not be looked after');
  }
}

/** Drops what is too old, of the log and of the records of deliveries. Never rejects. */
async function dropOldEvents(
  { log, ...options }: CallOptions & Pick<Housekeeping, 'log'> & { readonly ttlMs: number },
  { logger }: HousekeepingObserver,
): Promise<void> {
  try {
    const parts = await log.dropEvents(options);
    if (parts > 0) logger.info({ parts }, 'dropped old events');
    const deliveries = await log.removeOldDeliveries(options);
    if (deliveries > 0) logger.info({ deliveries }, 'removed records of old deliveries');
  } catch (err) {
    if (!options.signal.aborted) logger.error({ err }, 'old events could not be dropped');
  }
}
