// The repair: gives damaged blobs the bytes that lie somewhere else in the store. It removes no bytes that have no copy.

import { INLINE_BUCKET, type StoredBlob } from '../content/blob-store.ts';
import { stageStream } from '../content/staging.ts';
import { createAsideKey, isStorageKey } from '../fields/ids.ts';
import { inPages } from '../flow/pages.ts';
import type { ResourceRepository } from '../records.ts';
import { type Digest, digestBlob, toSentence, type Unreadable } from './digest-blob.ts';
import type { ListedBlob } from './ports.ts';
import { type Finding, findUnnamed, isWrong, type VerifyOptions, type VerifyReport, verify } from './verify.ts';

const PAGE_OBJECTS = 1_000;

/**
 * What was done about a finding, under that finding's key. `repaired`: all its records can be read again. `moved_aside`:
 * its damaged bytes lie under another key, so that they no longer pass for good ones and a new upload replaces them.
 * `unrepaired`: nothing, and why not where there was a reason.
 */
export type Mending = Omit<Finding, 'kind'> & { readonly kind: 'repaired' | 'moved_aside' | 'unrepaired' };

export type RepairOptions = VerifyOptions & {
  readonly catalog: VerifyOptions['catalog'] & Pick<ResourceRepository, 'healBlob'>;
  /** Hears of each blob that was found damaged, after all findings. */
  readonly onMending: (mending: Mending) => void;
};

export type RepairReport = VerifyReport & { readonly repaired: number };

type Damaged = { readonly finding: Finding; readonly blob: ListedBlob };

/** So many are kept in memory; who has more damaged blobs than that repairs again. */
const MAX_DAMAGED = 10_000;

/**
 * Verifies everything, then looks for the bytes of what is damaged: under the same key in the open store for what lies
 * elsewhere, and among the objects that no row names. Whatever it takes it has read to the end and hashed. Safe beside
 * running creates and sweeps: a row changes only while it still says what was found damaged.
 * @throws what the ports throw; what was mended until then is
 */
export async function repair(options: RepairOptions): Promise<RepairReport> {
  const damaged: Damaged[] = [];
  const report = await verify({
    ...options,
    onFinding(finding, blob) {
      options.onFinding(finding, blob);
      if (blob !== null && isWrong(finding) && damaged.length < MAX_DAMAGED) damaged.push({ finding, blob });
    },
  });
  let repaired = 0;
  const lost = new Set(damaged);
  const onRepaired = (mended: Damaged, reason: string) => {
    repaired += 1;
    lost.delete(mended);
    options.onMending({ ...mended.finding, kind: 'repaired', reason });
  };
  for (const one of damaged) {
    if (await relink(one.blob, options)) onRepaired(one, 'its bytes lie in the open store under the same key');
  }
  await restoreFromUnnamed(lost, { ...options, onRepaired });
  for (const { finding, blob } of lost) options.onMending({ ...finding, ...(await setAside(blob, options)) });
  return { ...report, repaired };
}

/** Whether the row of a blob in another bucket now names the open one, which has its bytes under the same key. */
async function relink(blob: ListedBlob, { blobs, catalog, signal }: RepairOptions): Promise<boolean> {
  const { location, inline } = blob;
  if (inline !== null || location.bucket === blobs.bucket) return false;
  // A row names the key already, so no sweep takes the object meanwhile.
  if (!isSame(await digestBlob(location.key, { blobs, signal }), blob)) return false;
  const healing = { ...blob, lost: location, location: { bucket: blobs.bucket, key: location.key }, inline: null };
  return await catalog.healBlob(healing, { signal });
}

function isSame(read: Digest | Unreadable, { sha256, sizeBytes }: ListedBlob): boolean {
  return !('reason' in read) && read.sha256 === sha256 && read.sizeBytes === sizeBytes;
}

type Restoring = RepairOptions & { readonly onRepaired: (mended: Damaged, reason: string) => void };

/** Looks through the objects that no row names, for each that has the bytes of some of `lost`. */
async function restoreFromUnnamed(lost: ReadonlySet<Damaged>, options: Restoring): Promise<void> {
  if (lost.size === 0) return;
  const sizes = new Set([...lost].map(({ blob }) => blob.sizeBytes));
  for await (const page of inPages(options.blobs.list(options), PAGE_OBJECTS)) {
    const likely = page.filter(({ key, sizeBytes }) => isStorageKey(key) && sizes.has(sizeBytes));
    if (likely.length === 0) continue;
    for (const object of await findUnnamed(likely, options)) await restoreFrom(object, { lost, ...options });
    if (lost.size === 0) return;
  }
}

async function restoreFrom(
  { key }: StoredBlob,
  { lost, ...options }: Restoring & { readonly lost: ReadonlySet<Damaged> },
): Promise<void> {
  const read = await digestBlob(key, options);
  for (const one of [...lost].filter(({ blob }) => isSame(read, blob))) {
    if (await restoreCopy(key, one.blob, options)) options.onRepaired(one, `its bytes were copied from ${key}`);
  }
}

/** Copies, since an object that no row names is the sweep's; the copy is young. Whether the row names the copy now. */
async function restoreCopy(key: string, blob: ListedBlob, { blobs, catalog, signal }: RepairOptions): Promise<boolean> {
  const limits = { maxContentBytes: Number.POSITIVE_INFINITY, inlineMaxBytes: 0, declaredMimeType: null };
  const bytes = await blobs.read(key, { signal, range: null });
  // It takes the place of what was counted.
  const findRoom = () => Promise.resolve(null);
  await using copy = await stageStream(bytes, { ...limits, accountId: blob.accountId, blobs, signal, findRoom });
  if (!isSame(copy, blob)) return false;
  const stored = await copy.store({ signal });
  // When this rejects, the row may name the copy, which stays then.
  const isHealed = await catalog.healBlob(
    { ...blob, lost: blob.location, location: stored.location, inline: null },
    { signal },
  );
  if (isHealed) stored.take();
  else stored.giveBack();
  return isHealed;
}

type Aside = Pick<Mending, 'kind' | 'reason'>;

const NOWHERE = 'its bytes are nowhere in the store; a new upload of the same content brings them back';
const IN_ITS_ROW = 'its bytes were in its row; restore the database, or delete its records and send the content again';

/**
 * Damaged bytes in the right number pass for good ones with the next upload of that content. They move to a key that
 * nobody trusts, durably, before they go from their own.
 */
async function setAside({ location, sizeBytes, ...blob }: ListedBlob, options: RepairOptions): Promise<Aside> {
  const { blobs, signal } = options;
  if (blob.inline !== null || location.bucket === INLINE_BUCKET) return unrepaired(IN_ITS_ROW);
  const isBelieved =
    location.bucket === blobs.bucket && (await blobs.has(location.key, { ...blob, sizeBytes, signal }));
  if (!isBelieved) return unrepaired(NOWHERE);
  const damaged = await digestBlob(location.key, options);
  if ('reason' in damaged) return unrepaired(damaged.reason);
  if (damaged.sha256 === blob.sha256) return unrepaired('it reads well by now; verify again');
  const key = createAsideKey(location.key);
  try {
    await copyTo(key, { from: location.key, accountId: blob.accountId, digest: damaged, options });
  } catch (thrown) {
    signal.throwIfAborted();
    return unrepaired(`its damaged bytes could not be moved aside: ${toSentence(thrown)}`);
  }
  await blobs.delete(location.key, { signal });
  return { kind: 'moved_aside', reason: `its damaged bytes lie under ${key}` };
}

function unrepaired(reason: string): Aside {
  return { kind: 'unrepaired', reason };
}

/** @throws when the copy is not there, byte by byte, in the end */
async function copyTo(
  key: string,
  { from, accountId, digest, options }: { from: string; accountId: string; digest: Digest; options: RepairOptions },
): Promise<void> {
  const { blobs, signal } = options;
  const staged = await blobs.stage(await blobs.read(from, { signal, range: null }), { key, accountId, signal });
  await staged.commit({ signal }).finally(staged.discard);
  const copy = await digestBlob(key, options);
  if ('reason' in copy) throw new Error(copy.reason);
  if (copy.sha256 !== digest.sha256) throw new Error('each reading gives other bytes');
}
