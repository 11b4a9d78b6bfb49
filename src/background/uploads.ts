// Looks after uploads that nobody asks for: it runs beside the service and tells of itself in the log and the metrics.
import type { CallOptions } from '../domain/flow/stream.ts';
import type { Resources } from '../domain/resources.ts';
import type { SettledUploads } from '../domain/uploads/settle-uploads.ts';

/** Who hears of uploads that were finished, or removed, unasked. */
export type UploadsObserver = {
  readonly logger: {
    info(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  recordUploads(settled: SettledUploads): void;
};

/** Settles the uploads that are due, and tells in one line what it did, if anything. Never rejects. */
export async function settleUnasked(
  { operations, signal }: CallOptions & { readonly operations: Pick<Resources, 'settleUploads'> },
  { logger, recordUploads }: UploadsObserver,
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
