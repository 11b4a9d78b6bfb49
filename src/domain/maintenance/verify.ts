// The verification: re-reads everything that is stored. It changes nothing, and holds no more than a page of it.
import { setTimeout as delay } from 'node:timers/promises';
import { type BlobStore, INLINE_BUCKET, type StoredBlob } from '../content/blob-store.ts';
import { isAsideKey, isStorageKey } from '../fields/ids.ts';
import { forEachConcurrently } from '../flow/concurrently.ts';
import { inPages } from '../flow/pages.ts';
import type { CallOptions } from '../flow/stream.ts';
import { type Digest, digestBlob, type Unreadable } from './digest-blob.ts';
import type { BlobCatalog, BlobHolder, ListedBlob, RowKey } from './ports.ts';

/**
 * What was found. `missing`: a row's bytes cannot be opened. `corrupt`: they can, but are not those that were stored.
 * `elsewhere`: a row's bytes lie in another store than the present one. `without_blob`: a resource that has or had a blob without a row.
 * `extra`: an object that is none of ours. `unswept`: one of ours that no row names, which is not wrong: the sweep
 * removes it when it is old enough. `set_aside`: damaged bytes that a repair has kept, which is not wrong either.
 */
export type Finding = {
  readonly kind: 'missing' | 'corrupt' | 'extra' | 'elsewhere' | 'without_blob' | 'unswept' | 'set_aside';
  /** The storage key or, without a blob, the resource's id. */
  readonly key: string;
  /** A sentence for the operator. */
  readonly reason: string;
  /** Some of those whose content this is; null where no blob's row is concerned. */
  readonly records: readonly FoundRecord[] | null;
  /** Whether there are more of them. */
  readonly hasMoreRecords: boolean;
};

/** `version`: the earlier one that has the content; null: the resource has it now. */
export type FoundRecord = {
  readonly account: string;
  readonly path: string;
  readonly id: string;
  readonly version: number | null;
  readonly isTrashed: boolean;
};

export type BlobRecords = {
  /** At most `limit` of the records that refer to a blob, in the trash and by earlier versions as well. May be repeated. */
  findRecords(blob: RowKey & { readonly limit: number }, options: CallOptions): Promise<readonly FoundRecord[]>;
};

/** Whether a finding calls for somebody. */
export function isWrong({ kind }: Finding): boolean {
  return kind !== 'unswept' && kind !== 'set_aside';
}

export type VerifyProgress = { readonly blobs: number; readonly sizeBytes: number };

export type VerifyOptions = CallOptions & {
  readonly blobs: BlobStore;
  readonly catalog: BlobCatalog & BlobRecords;
  /** Whether everything in the store should be ours; in a bucket that is shared only keys like ours are looked at. */
  readonly exclusive: boolean;
  /** How long an object may wait for its row: a create that is running commits it first. */
  readonly settleMs: number;
  readonly maxReadsAtOnce: number;
  /** `blob`: the row that it concerns, null when there is none. */
  readonly onFinding: (finding: Finding, blob: ListedBlob | null) => void;
  /** Hears after every blob how much has been re-read. */
  readonly onProgress: (progress: VerifyProgress) => void;
};

export type VerifyReport = VerifyProgress & {
  readonly objects: number;
  readonly wrong: number;
  readonly unswept: number;
};

const PAGE_ROWS = 200;
const PAGE_OBJECTS = 1_000;
const MAX_RECORDS_TOLD = 10;
const NO_RECORDS = { records: null, hasMoreRecords: false };

type Flaw = Omit<Finding, 'records' | 'hasMoreRecords'>;

/**
 * Compares every blob with its row, every object with the rows, and every resource, the trash and earlier
 * versions included, with the blobs. Safe beside running
 * creates and sweeps: what looks wrong is looked at again before it is told.
 * @throws what the ports throw; a store or database that is away is no finding
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const counts = { wrong: 0, unswept: 0 };
  const onFinding: VerifyOptions['onFinding'] = (finding, blob) => {
    if (isWrong(finding)) counts.wrong += 1;
    else if (finding.kind === 'unswept') counts.unswept += 1;
    options.onFinding(finding, blob);
  };
  const counting = { ...options, onFinding };
  const progress = await verifyBlobs(counting);
  const objects = await findExtras(counting);
  await findWithoutBlob(counting);
  return { ...progress, objects, ...counts };
}

async function verifyBlobs(options: VerifyOptions): Promise<VerifyProgress> {
  const { catalog, signal, maxReadsAtOnce } = options;
  const progress = { blobs: 0, sizeBytes: 0 };
  const pages = (after: RowKey | null) => catalog.listBlobs({ after, limit: PAGE_ROWS }, { signal });
  await forEachConcurrently(eachRow(pages), {
    maxAtOnce: maxReadsAtOnce,
    async work(blob) {
      const flaw = await judge(blob, options);
      if (flaw !== null && (await isStillThere(blob, options))) {
        options.onFinding({ ...flaw, ...(await findRecords(blob, options)) }, blob);
      }
      progress.blobs += 1;
      progress.sizeBytes += blob.sizeBytes;
      options.onProgress(progress);
    },
  });
  return progress;
}

async function* eachRow<Row extends RowKey>(
  readPage: (after: RowKey | null) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  let after: RowKey | null = null;
  for (;;) {
    const page: readonly Row[] = await readPage(after);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

async function findRecords({ accountId, id }: ListedBlob, { catalog, signal }: VerifyOptions) {
  const found = await catalog.findRecords({ accountId, id, limit: MAX_RECORDS_TOLD + 1 }, { signal });
  return { records: found.slice(0, MAX_RECORDS_TOLD), hasMoreRecords: found.length > MAX_RECORDS_TOLD };
}

async function judge(blob: ListedBlob, options: VerifyOptions): Promise<Flaw | null> {
  const { location, inline } = blob;
  if (location.bucket !== INLINE_BUCKET && location.bucket !== options.blobs.bucket) {
    return { kind: 'elsewhere', key: location.key, reason: `it lies in ${location.bucket}, which is not open here` };
  }
  if (inline === null && location.bucket === INLINE_BUCKET) {
    return { kind: 'missing', key: location.key, reason: 'its row should hold its bytes and does not' };
  }
  const read = inline ?? (await readTwice(location.key, options));
  if ('reason' in read) return { ...read, key: location.key };
  if (read.sizeBytes === blob.sizeBytes && read.sha256 === blob.sha256) return null;
  const [found, expected] = [read, blob].map(({ sizeBytes, sha256 }) => `${sizeBytes} bytes with sha256 ${sha256}`);
  return { kind: 'corrupt', key: location.key, reason: `found ${found} instead of ${expected}` };
}

/** A store that fails at everything is no finding; one that answers, but not with this blob, is. */
async function readTwice(key: string, options: VerifyOptions): Promise<Digest | Unreadable> {
  const first = await digestBlob(key, options);
  if (!('reason' in first)) return first;
  await options.blobs.check({ signal: options.signal });
  return digestBlob(key, options);
}

/** A sweep may have removed the row since it was listed. */
async function isStillThere({ location, inline }: ListedBlob, options: VerifyOptions): Promise<boolean> {
  const { catalog, signal } = options;
  if (inline !== null || location.bucket === INLINE_BUCKET) return true;
  return (await catalog.findNamedKeys([location.key], { signal })).has(location.key);
}

async function findExtras(options: VerifyOptions): Promise<number> {
  let objects = 0;
  for await (const page of inPages(options.blobs.list({ signal: options.signal }), PAGE_OBJECTS)) {
    objects += page.length;
    const ours = page.filter(({ key }) => options.exclusive || isStorageKey(key) || isAsideKey(key));
    const suspects = await findUnnamed(ours, options);
    if (suspects.length === 0) continue;
    await delay(options.settleMs, undefined, { signal: options.signal });
    for (const { key, sizeBytes } of await findUnnamed(suspects, options)) {
      if (await isGone(key, options)) continue;
      options.onFinding({ ...toExtra(key, sizeBytes), ...NO_RECORDS }, null);
    }
  }
  return objects;
}

function toExtra(key: string, sizeBytes: number): Flaw {
  if (isAsideKey(key)) return { kind: 'set_aside', key, reason: `${sizeBytes} damaged bytes, kept by a repair` };
  const kind = isStorageKey(key) ? 'unswept' : 'extra';
  return { kind, key, reason: `no row names this object of ${sizeBytes} bytes` };
}

/** Those whose key no row has. */
export async function findUnnamed(
  objects: readonly StoredBlob[],
  { catalog, signal }: CallOptions & { readonly catalog: Pick<BlobCatalog, 'findNamedKeys'> },
): Promise<StoredBlob[]> {
  const named = await catalog.findNamedKeys(
    objects.map(({ key }) => key),
    { signal },
  );
  return objects.filter(({ key }) => !named.has(key));
}

/** Whether somebody, a create that met a conflict for example, has removed the object since it was listed. */
async function isGone(key: string, { blobs, signal }: VerifyOptions): Promise<boolean> {
  if (!isStorageKey(key)) return false;
  try {
    for await (const _ of await blobs.read(key, { signal, range: null })) break;
    return false;
  } catch {
    signal.throwIfAborted();
    return true;
  }
}

const HOLDERS: { readonly [holder in BlobHolder]: string } = {
  resource: 'this resource',
  trash: 'this resource in the trash',
  version: 'an earlier version of this resource',
};

async function findWithoutBlob({ catalog, signal, onFinding }: VerifyOptions): Promise<void> {
  const pages = (after: RowKey | null) => catalog.listWithoutBlob({ after, limit: PAGE_ROWS }, { signal });
  for await (const { accountId, id, holders } of eachRow(pages)) {
    const what = holders.map((holder) => HOLDERS[holder]).join(' and of ');
    const reason = `the blob of ${what}, of account ${accountId}, has no row`;
    onFinding({ kind: 'without_blob', key: id, reason, ...NO_RECORDS }, null);
  }
}
