// The bytes of a record: those that the account has, while the store confirms them, else those that came along.

import type { Turns } from '../caller/turns.ts';
import { type BlobLocation, INLINE_BUCKET } from '../content/blob-store.ts';
import type { HeldContent, StagedContent } from '../content/staging.ts';
import { invalidInput } from '../errors.ts';
import { createStorageKey, toStorageKeyMs } from '../fields/ids.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { ConfirmedBlobs } from './confirmed-blobs.ts';
import type { BlobHealing, ContentRef, InsertOutcome, NewResource, ResourceInserts } from './ports.ts';

/** What a record offers to register, and the hold on its bytes when they lie in the store. */
export type Offer = { readonly offered: ContentRef['offered']; readonly stored: HeldContent | null };

/** The account's own blob is to be taken. */
const NOTHING_NEW: Offer = { offered: null, stored: null };

/** A content whose bytes the store had lost; all its records have them again. */
export type Healed = {
  /** Of the request that brought them. */
  readonly requestId: string;
  readonly sha256: string;
};

type Call = CallOptions & {
  readonly requestId: string;
  readonly onHealed: (healed: Healed) => void;
  readonly turns: Turns;
  readonly repository: Pick<ResourceInserts, 'findBlob' | 'healBlob'>;
  readonly confirmed: ConfirmedBlobs;
  readonly limits: { readonly maxCreateMs: number };
};

type Placed = Extract<InsertOutcome, { kind: 'created' | 'renamed' | 'replaced' | 'kept' }>;
type WithContent = { readonly content: StagedContent; readonly call: Call };

/** Where new content lies, made durable first; nothing when the account has it already. */
export async function offer(accountId: string, content: StagedContent, call: Call): Promise<Offer> {
  if (content.inline !== null) {
    const location = { bucket: INLINE_BUCKET, key: createStorageKey() };
    return { offered: { location, inline: content.inline }, stored: null };
  }
  const { sha256 } = content;
  const known = await findBlob({ accountId, sha256 }, call);
  if (known === null) return await offerStored(accountId, content, call);
  if (await isKept({ accountId, location: known }, content, call)) return NOTHING_NEW;
  const stored = await holdStored(content, call);
  if (await healBlob({ accountId, sha256, lost: known, location: stored.location, inline: null }, call)) {
    take(stored, call);
    return NOTHING_NEW;
  }
  stored.giveBack();
  // Another create healed it first, or a sweep removed its row.
  const present = await findBlob({ accountId, sha256 }, call);
  return present === null ? await offerStored(accountId, content, call) : NOTHING_NEW;
}

/** Where the account has the bytes; null when it has them nowhere. */
function findBlob(blob: { accountId: string; sha256: string }, call: Call): Promise<BlobLocation | null> {
  return call.turns.take(() => call.repository.findBlob(blob, call), call);
}

/** Gives a lost blob's row another place, unless it has one by now; gives whether it did. */
async function healBlob(blob: BlobHealing, call: Call): Promise<boolean> {
  const isHealed = await call.turns.take(() => call.repository.healBlob(blob, call), call);
  if (isHealed) call.onHealed({ requestId: call.requestId, sha256: blob.sha256 });
  return isHealed;
}

/** Whether a blob that the account has can still be read; the store is asked before the new bytes are thrown away. */
async function isKept(
  blob: { accountId: string; location: BlobLocation },
  { sizeBytes }: StagedContent,
  call: Call,
): Promise<boolean> {
  return blob.location.bucket === INLINE_BUCKET || (await call.confirmed.confirm({ ...blob, sizeBytes }, call));
}

/**
 * Content that is few bytes is not asked for beforehand. When the account has it in the store, from a time when fewer
 * bytes were kept in rows, the store is asked now; what it has lost, the row holds from now on.
 */
export async function healInline(
  outcome: Placed,
  record: NewResource,
  { content, call }: WithContent,
): Promise<Placed> {
  const location = toLocation(outcome);
  const { accountId } = record;
  if (content.inline === null || (await isKept({ accountId, location }, content, call))) return outcome;
  const healed = { bucket: INLINE_BUCKET, key: createStorageKey() };
  const { sha256, inline } = content;
  const isOurs = await healBlob({ accountId, sha256, lost: location, location: healed, inline }, call);
  const present = isOurs ? healed : await findBlob({ accountId, sha256 }, call);
  if (present === null) return outcome;
  if (outcome.kind === 'created') return { ...outcome, location: present };
  return { ...outcome, resource: { ...outcome.resource, storageBucket: present.bucket, storageKey: present.key } };
}

/** Whether something stands in a record's place now that is the answer. */
export function isPlaced(outcome: InsertOutcome): outcome is Placed {
  return 'location' in outcome || 'resource' in outcome;
}

/** Where the content is of what stands in a record's place now. */
export function toLocation(outcome: Placed): BlobLocation {
  if (outcome.kind === 'created') return outcome.location;
  return { bucket: outcome.resource.storageBucket, key: outcome.resource.storageKey };
}

/** A record refers to these bytes, which the store has taken. */
export function take(stored: HeldContent, { confirmed }: Call): void {
  stored.take();
  confirmed.remember(stored.location);
}

/** Makes the bytes durable. */
async function holdStored(content: StagedContent, call: Call): Promise<HeldContent> {
  const stored = await content.store(call);
  // An object that waits for its record has nothing but its youth to protect it from the sweep. S3 dates it by the
  // upload's beginning, as its key does.
  const { maxCreateMs } = call.limits;
  // An upload's row protects it.
  const isProtected = content.uploadId !== null;
  if (!isProtected && Date.now() - toStorageKeyMs(stored.location.key) > maxCreateMs) {
    stored.giveBack();
    throw invalidInput('content', `took longer than ${Math.floor(maxCreateMs / 1000)} s to arrive; send it faster`);
  }
  return stored;
}

/** Offers the content's own bytes, made durable, unless another create of this request has registered them. */
export async function offerStored(accountId: string, content: StagedContent, call: Call): Promise<Offer> {
  const stored = await holdStored(content, call);
  if (!stored.wasTaken()) return { offered: { location: stored.location, inline: null }, stored };
  stored.giveBack();
  // That other one may have come between our look at the account's blobs and now. Else the account no longer has them: with
  // their last record and their row their object goes as well, at once or soon.
  if ((await findBlob({ accountId, sha256: content.sha256 }, call)) !== null) return NOTHING_NEW;
  throw new Error('the content that this create shares was deleted and swept meanwhile');
}
