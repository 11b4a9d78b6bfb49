// The sweep that nobody asks for: it runs beside the service and tells of itself in the log and the metrics.
import type { IdempotencyKeys } from '../domain/caller/idempotency-keys.ts';
import type { CallOptions } from '../domain/flow/stream.ts';
import { toCommandLine } from '../domain/maintenance/command-line.ts';
import { type SweepPorts, sweep } from '../domain/maintenance/sweep.ts';
import type { TrashRecords } from '../domain/trash/ports.ts';
import type { VersionRecords } from '../domain/versions/ports.ts';

export type UnaskedSweep = CallOptions &
  SweepPorts & {
    readonly keys: IdempotencyKeys;
    readonly records: Pick<VersionRecords & TrashRecords, 'thinVersions' | 'expireTrash'>;
    /** How long what is deleted stays in the trash. */
    readonly trashTtlMs: number;
    /** How many earlier versions of a resource are kept, and for how long. */
    readonly versions: { readonly maxCount: number; readonly ttlMs: number };
    /** What is younger stays. */
    readonly graceMs: number;
  };

/** How a sweep went: `stopped` when most objects in the store are unknown to the database. */
export type SweepRecord = {
  readonly outcome: 'done' | 'stopped' | 'failed';
  readonly durationMs: number;
  readonly removed: { readonly [what: string]: number };
};

/** Who hears of a sweep that nobody asked for. */
export type SweepObserver = {
  readonly logger: {
    info(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  recordSweep(sweep: SweepRecord): void;
};

/** Sweeps, removes expired idempotency keys and old versions, and tells in one line what it removed. Never rejects. */
export async function sweepUnasked(work: UnaskedSweep, { logger, recordSweep }: SweepObserver): Promise<void> {
  const startedMs = performance.now();
  const durationMs = () => Math.round(performance.now() - startedMs);
  try {
    const expiredKeys = await work.keys.removeExpiredKeys(work);
    // Before the blobs: what only they need is then needed by nobody.
    const expiredTrash = await work.records.expireTrash({ ttlMs: work.trashTtlMs, signal: work.signal });
    const thinnedVersions = await work.records.thinVersions({ ...work.versions, signal: work.signal });
    const swept = await sweep({ ...work, dryRun: false, trusting: false, onFind: () => {} });
    const report = { ...swept, expiredKeys, thinnedVersions, expiredTrash };
    recordSweep({
      outcome: report.distrusted ? 'stopped' : 'done',
      durationMs: durationMs(),
      removed: {
        blobs: swept.blobs.count,
        objects: swept.objects.count,
        stagings: swept.stagings,
        idempotency_keys: expiredKeys,
        versions: thinnedVersions,
        trash: expiredTrash,
      },
    });
    if (report.distrusted) {
      const advice = `most objects in the store are unknown to the database: see ${toCommandLine('sweep', '--dry-run')}`;
      logger.error({ ...report, durationMs: durationMs() }, `sweep stopped: ${advice}`);
    } else logger.info({ ...report, durationMs: durationMs() }, 'sweep');
  } catch (err) {
    if (work.signal.aborted) return;
    recordSweep({ outcome: 'failed', durationMs: durationMs(), removed: {} });
    logger.error({ err, durationMs: durationMs() }, 'sweep failed');
  }
}
