// The sweep: removes what no resource needs. It keeps whatever is younger than the grace period or not ours.

import { type BlobStore, INLINE_BUCKET, type StoredBlob } from '../content/blob-store.ts';
import { isStorageKey, toStorageKeyMs } from '../fields/ids.ts';
import { forEachConcurrently } from '../flow/concurrently.ts';
import { inPages } from '../flow/pages.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { UploadRecords } from '../uploads/ports.ts';
import type { BlobCatalog, RowKey } from './ports.ts';

/** What a sweep works on; it owns neither. */
export type SweepPorts = {
  readonly blobs: BlobStore;
  readonly catalog: BlobCatalog & Pick<UploadRecords, 'findOpenKeys'>;
};

/** `blob`: a row without a resource, and its bytes. `object`: bytes in the store that no row names. */
export type SweepFind = { readonly kind: 'blob' | 'object'; readonly key: string; readonly sizeBytes: number };

export type SweepOptions = CallOptions &
  SweepPorts & {
    /** What is younger stays. Shorter than a create may take, it is safe only while no create is running. */
    readonly graceMs: number;
    /** Only tells what would be removed. */
    readonly dryRun: boolean;
    /**
     * Whether to go on when the database names few of the objects in the store. Nobody should who sweeps unasked: it
     * is how a store looks from the wrong database.
     */
    readonly trusting: boolean;
    /** Hears of each find, before it is removed. */
    readonly onFind: (find: SweepFind) => void;
  };

export type Tally = { readonly count: number; readonly sizeBytes: number };

/** What was removed, or would be. */
export type SweepReport = {
  readonly blobs: Tally;
  readonly objects: Tally;
  /** Uploads that never ended. */
  readonly stagings: number;
  /** Whether objects were left because the database knows too few of them. */
  readonly distrusted: boolean;
};

const PAGE_ROWS = 1_000;
const MAX_DELETES_AT_ONCE = 8;
/** Some crashes leave a few objects in a store that has few others. */
const UNSUSPICIOUS_OBJECTS = 16;

/**
 * Removes, in this order: rows that no resource refers to, each with its object; what uploads that never ended have
 * left; objects that no row names. Safe beside running creates and other sweeps, and may be stopped anywhere: an object
 * whose row is gone is an object that no row names.
 * @throws what the ports throw; what was removed until then is gone
 */
export async function sweep(options: SweepOptions): Promise<SweepReport> {
  const olderThan = new Date(Date.now() - options.graceMs);
  const blobs = await sweepBlobs(olderThan, options);
  const { dryRun, signal, catalog } = options;
  const abandoned = {
    signal,
    olderThan,
    findOpen: (keys: readonly string[]) => catalog.findOpenKeys(keys, { signal }),
  };
  const stagings = dryRun
    ? await options.blobs.countAbandoned(abandoned)
    : await options.blobs.removeAbandoned(abandoned);
  return { blobs, stagings, ...(await sweepObjects(olderThan, options)) };
}

async function sweepBlobs(olderThan: Date, options: SweepOptions): Promise<Tally> {
  const { blobs, catalog, dryRun, signal } = options;
  const tally = { count: 0, sizeBytes: 0 };
  // Blobs in another store than the present one are left: their bytes could not be removed with them.
  const buckets = [INLINE_BUCKET, blobs.bucket];
  let after: RowKey | null = null;
  do {
    const look = { after, limit: PAGE_ROWS, olderThan, buckets, remove: !dryRun };
    const { found, next }: Awaited<ReturnType<BlobCatalog['findUnreferenced']>> = await catalog.findUnreferenced(look, {
      signal,
    });
    for (const { location, sizeBytes } of found) {
      count(tally, sizeBytes);
      options.onFind({ kind: 'blob', key: location.key, sizeBytes });
    }
    const keys = found.filter(({ location }) => location.bucket === blobs.bucket).map(({ location }) => location.key);
    if (!dryRun) await deleteObjects(keys, options);
    after = next;
  } while (after !== null);
  return tally;
}

async function sweepObjects(
  olderThan: Date,
  options: SweepOptions,
): Promise<Pick<SweepReport, 'objects' | 'distrusted'>> {
  const objects = { count: 0, sizeBytes: 0 };
  let looked = 0;
  for await (const page of inPages(listOld(olderThan, options), PAGE_ROWS)) {
    const { signal } = options;
    // Listed first, looked up second: whatever was committed before the listing and has its row by now is spared.
    const named = await options.catalog.findNamedKeys(
      page.map(({ key }) => key),
      { signal },
    );
    const orphans = page.filter(({ key }) => !named.has(key));
    looked += page.length;
    const found = objects.count + orphans.length;
    if (!options.trusting && found > UNSUSPICIOUS_OBJECTS && found * 2 > looked) return { objects, distrusted: true };
    for (const { key, sizeBytes } of orphans) {
      count(objects, sizeBytes);
      options.onFind({ kind: 'object', key, sizeBytes });
    }
    if (!options.dryRun)
      await deleteObjects(
        orphans.map(({ key }) => key),
        options,
      );
  }
  return { objects, distrusted: false };
}

async function* listOld(olderThan: Date, { blobs, signal }: SweepOptions): AsyncGenerator<StoredBlob> {
  for await (const object of blobs.list({ signal })) {
    if (isStorageKey(object.key) && youngerDateMs(object) < olderThan.getTime()) yield object;
  }
}

/** The store's clock may be behind ours, and a copy from a backup has a new date under an old key. */
function youngerDateMs({ key, modifiedAt }: StoredBlob): number {
  return Math.max(modifiedAt.getTime(), toStorageKeyMs(key));
}

function deleteObjects(keys: readonly string[], { blobs, signal }: SweepOptions): Promise<void> {
  return forEachConcurrently(keys, { maxAtOnce: MAX_DELETES_AT_ONCE, work: (key) => blobs.delete(key, { signal }) });
}

function count(tally: { count: number; sizeBytes: number }, sizeBytes: number): void {
  tally.count += 1;
  tally.sizeBytes += sizeBytes;
}
