// What creating needs from the records. Every method keeps to one account.
import type { KeyClaim } from '../caller/idempotency-keys.ts';
import type { ConflictRule } from '../conflict.ts';
import type { BlobLocation } from '../content/blob-store.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Resource } from '../resource.ts';
import type { Room } from '../usage/ports.ts';

/** A record to be stored; everything in it has been checked. Where its content lies is told by `ContentRef`. */
export type NewResource = Omit<
  Resource,
  'sha256' | 'sizeBytes' | 'storageBucket' | 'storageKey' | 'updatedAt' | 'version'
>;

/** The content of a record that is to be stored. */
export type ContentRef = {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /**
   * What to register when the account has no blob with this sha256 yet: a location that already holds the bytes, or the
   * bytes themselves to be kept in the blob's own row. Null: only an already registered blob will do.
   */
  readonly offered: { readonly location: BlobLocation; readonly inline: Uint8Array | null } | null;
  /**
   * The account's upload that the content is taken from, and is taken with the record; null without one. Never twice at
   * the same time.
   */
  readonly uploadId: string | null;
};

/** A blob whose bytes the store no longer has, and where the same bytes are now: in the store, or in `inline`. */
export type BlobHealing = {
  readonly accountId: string;
  readonly sha256: string;
  readonly lost: BlobLocation;
  readonly location: BlobLocation;
  readonly inline: Uint8Array | null;
};

export type InsertOutcome =
  /** Stored. `location` is where its content lies, which is another than the offered one when the blob was known. */
  | { readonly kind: 'created'; readonly location: BlobLocation }
  /** Stored under another name, or as a new version of what stood there. */
  | { readonly kind: 'renamed' | 'replaced'; readonly resource: Resource }
  /** What stands there has the same content, and nothing was changed but what belongs to the request: its key, its upload. */
  | { readonly kind: 'kept'; readonly resource: Resource }
  /** What stands there is in another version than the expected ones, or nothing stands there; nothing was changed. */
  | { readonly kind: 'stale' }
  /** (account, directory_path, name) is taken; nothing was changed. */
  | { readonly kind: 'conflict'; readonly existingId: string }
  /** No blob was offered and none is registered; nothing was changed. */
  | { readonly kind: 'blob_unknown' }
  /** The claim that the record was to be stored under ran out and is no longer held; nothing was changed. */
  | { readonly kind: 'claim_lost' }
  /** The upload is not complete any more: another record has taken it, or it is gone. Nothing was changed. */
  | { readonly kind: 'upload_taken' }
  /** Its account may not have so much; nothing was changed. `room`: what it has left. */
  | { readonly kind: 'no_room'; readonly room: Room };

/** What is kept under a claimed key when the record is stored. */
export type KeptResult = {
  readonly claim: KeyClaim;
  /** What tells the same input from another. */
  readonly fingerprint: string;
  /** How long a repeat gets the result. */
  readonly ttlMs: number;
};

/** The records, as creating needs them. */
export type ResourceInserts = {
  /** Where the account's blob with this sha256 lies, or null. */
  findBlob(blob: { accountId: string; sha256: string }, options: CallOptions): Promise<BlobLocation | null>;
  /**
   * Gives the account's blob another place, for all records that refer to it, when it still lies where it was found
   * lost. False: it does not, or there is none. When it rejects, the row may name the new place.
   */
  healBlob(healing: BlobHealing, options: CallOptions): Promise<boolean>;
  /**
   * Stores a record, its tags and, when needed, its blob's row in one transaction. When it resolves with `created`, or what
   * the rule allows instead, a crash no longer loses it. When it rejects, it may or may not have been stored. Not aborted
   * once it has begun. Without a rule a place that is taken is refused.
   */
  insert(resource: NewResource, content: ContentRef, rule?: ConflictRule): Promise<InsertOutcome>;
  /** The same, only while the claim is held; the result is kept under its key, in that transaction. */
  insertKeyed(
    resource: NewResource,
    content: ContentRef,
    kept: KeptResult & { readonly rule?: ConflictRule },
  ): Promise<InsertOutcome>;
};
