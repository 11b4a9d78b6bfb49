// What the domain needs from the world. Adapters give plain objects of these types; nothing here is optional.
import type { SharesState } from '../caller/shares.ts';
import type { ResourceChanges } from '../change/ports.ts';
import type { ResourceReads } from '../find/ports.ts';
import type { ExternalStorageType, Resource } from '../resource.ts';

/**
 * Bytes in pieces of any size. A piece is lent: it stays as it is until the next one is asked for, so whoever needs it
 * longer copies it. Whoever iterates ends it: leaving the loop early closes the source.
 */
export type ByteStream = AsyncIterable<Uint8Array>;

export type CallOptions = {
  /** Aborting it makes the call reject soon and undo what it began. */
  readonly signal: AbortSignal;
};

/** Where a blob's bytes are. */
export type BlobLocation = { readonly bucket: string; readonly key: string };

/** Bytes that the store has received and nobody can see yet. Exactly one of `commit` and `discard` ends it. */
export type StagedBlob = {
  /**
   * Makes the bytes durable and visible under the key they were staged for. When it resolves, a crash no longer loses
   * them. When it rejects, the staged bytes are gone or can be discarded; whether the key holds them is unknown, since
   * a remote store's answer may be lost: no record may refer to it, and the sweep removes it. Not to be repeated.
   */
  commit(options: CallOptions): Promise<void>;
  /** Frees the staged bytes. Never rejects; harmless after `commit` and when repeated. */
  discard(): Promise<void>;
};

/** A blob as the sweep sees it. */
export type StoredBlob = { readonly key: string; readonly sizeBytes: number; readonly modifiedAt: Date };

/** Object storage. */
export type BlobStore = {
  /** What a record gives as `storage_bucket`. */
  readonly bucket: string;
  /**
   * Takes `bytes` to the end, with backpressure and in constant memory, for `key`, which must be fresh. On failure or
   * abort nothing stays behind. What `bytes` throws is thrown on unchanged. It, and the commit, may reject with
   * `overloaded` when all that the account may have of the store is in use for too long.
   */
  stage(
    bytes: ByteStream,
    options: CallOptions & { readonly key: string; readonly accountId: string },
  ): Promise<StagedBlob>;
  /**
   * Whether `key` holds `sizeBytes` bytes, at the cost of one look that reads none of them. False only when the store
   * says so; rejects when it does not answer, and with `overloaded` as `stage` does. May be repeated.
   */
  has(key: string, options: CallOptions & { readonly sizeBytes: number; readonly accountId: string }): Promise<boolean>;
  /** Opens the bytes under `key`, from `start` to `end` inclusive when a range is given. Rejects when there are none. */
  read(key: string, options: CallOptions & { readonly range: ByteRange | null }): Promise<ByteStream>;
  /**
   * An address from which anybody can fetch the bytes under `key` for a while, with the given headers; null when this
   * store has none to give. It does not look whether the bytes are there.
   */
  presign(key: string, options: PresignOptions): Promise<string | null>;
  /** Removes the bytes under `key`; harmless when there are none, so it may be repeated. */
  delete(key: string, options: CallOptions): Promise<void>;
  /** Every committed blob, in no order, in constant memory. */
  list(options: CallOptions): AsyncIterable<StoredBlob>;
  /** Removes what stagings that never ended have left since before `olderThan`; gives how many. May be repeated. */
  removeAbandoned(options: CallOptions & { readonly olderThan: Date }): Promise<number>;
  /** How many `removeAbandoned` would remove. */
  countAbandoned(options: CallOptions & { readonly olderThan: Date }): Promise<number>;
  /** What the store's label says, or null when it has none. May be repeated. */
  readLabel(options: CallOptions): Promise<string | null>;
  /**
   * Puts a label on a store that has none, with `replace` on any; it is no blob, and in no listing. Gives what the label
   * says afterwards: of several that race, the first one's in a directory and in a bucket that takes conditional writes.
   */
  writeLabel(text: string, options: CallOptions & { readonly replace: boolean }): Promise<string>;
  /** Resolves when the store can be reached and used. May be repeated. */
  check(options: CallOptions): Promise<void>;
  /** What is taken of the store's own bounds, by their names. */
  slots(): { readonly [name: string]: SharesState };
  /** Frees connections. */
  close(): Promise<void>;
};

export type PresignOptions = CallOptions & {
  readonly expiresInSeconds: number;
  /** The values of the answer's Content-Type and Content-Disposition. */
  readonly contentType: string;
  readonly contentDisposition: string;
};

/** First and last byte, both included, counted from 0. */
export type ByteRange = { readonly start: number; readonly end: number };

/** A record to be stored; everything in it has been checked. Where its content lies is told by `ContentRef`. */
export type NewResource = Omit<Resource, 'sha256' | 'sizeBytes' | 'storageBucket' | 'storageKey' | 'updatedAt'>;

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
  /** (account, directory_path, name) is taken; nothing was changed. */
  | { readonly kind: 'conflict'; readonly existingId: string }
  /** No blob was offered and none is registered; nothing was changed. */
  | { readonly kind: 'blob_unknown' }
  /** The claim that the record was to be stored under ran out and is no longer held; nothing was changed. */
  | { readonly kind: 'claim_lost' };

/** One request's hold on an idempotency key of its account. */
export type KeyClaim = {
  readonly accountId: string;
  readonly key: string;
  /** A uuid that no other claim has. */
  readonly owner: string;
};

/** What is kept under a claimed key when the record is stored. */
export type KeptResult = {
  readonly claim: KeyClaim;
  /** What tells the same input from another. */
  readonly fingerprint: string;
  /** How long a repeat gets the result. */
  readonly ttlMs: number;
};

export type ClaimOutcome =
  | { readonly kind: 'claimed' }
  /** Another claim is held, since `runningMs`. */
  | { readonly kind: 'running'; readonly runningMs: number }
  /** A result is kept under the key. `resource` is as it was when it was stored. */
  | { readonly kind: 'done'; readonly fingerprint: string; readonly resource: Resource };

/** Idempotency keys. The database decides who holds one, and by its own clock for how long. */
export type IdempotencyKeys = {
  /**
   * Claims a key that is free, or whose claim or result has run out. The claim holds for `leaseMs` unless it is
   * renewed. Not aborted once it has begun; when it rejects, the claim may be held, and runs out.
   */
  claimKey(claim: KeyClaim, lease: { readonly leaseMs: number }): Promise<ClaimOutcome>;
  /** Holds the claim for another `leaseMs`; without effect when it is not held or has its result. May be repeated. */
  renewKey(claim: KeyClaim, options: CallOptions & { readonly leaseMs: number }): Promise<void>;
  /** Frees the key, unless a result is kept under it. Waits for an insert under the claim. May be repeated. */
  releaseKey(claim: KeyClaim, options: CallOptions): Promise<void>;
  /** Removes the keys of all accounts that have run out; gives how many. May be repeated, also by several at once. */
  removeExpiredKeys(options: CallOptions): Promise<number>;
};

/** As much of a record as a download needs. */
export type StoredContent = Pick<
  Resource,
  'id' | 'accountId' | 'name' | 'mimeType' | 'sha256' | 'sizeBytes' | 'createdAt'
> & {
  readonly location: BlobLocation;
  /** The bytes themselves when they live in the blob's row: few, by the limit under which they were stored. */
  readonly inline: Uint8Array | null;
};

type ReadsAndChanges = ResourceReads & ResourceChanges;

/** The records. Every method keeps to one account. */
export type ResourceRepository = ReadsAndChanges & {
  /** Where the account's blob with this sha256 lies, or null. */
  findBlob(blob: { accountId: string; sha256: string }, options: CallOptions): Promise<BlobLocation | null>;
  /**
   * Gives the account's blob another place, for all records that refer to it, when it still lies where it was found
   * lost. False: it does not, or there is none. When it rejects, the row may name the new place.
   */
  healBlob(healing: BlobHealing, options: CallOptions): Promise<boolean>;
  /**
   * Stores a record, its tags and, when needed, its blob's row in one transaction. When it resolves with `created`, a
   * crash no longer loses it. When it rejects, it may or may not have been stored. Not aborted once it has begun.
   */
  insert(resource: NewResource, content: ContentRef): Promise<InsertOutcome>;
  /** The same, only while the claim is held; with `created` the result is kept under its key, in that transaction. */
  insertKeyed(resource: NewResource, content: ContentRef, kept: KeptResult): Promise<InsertOutcome>;
  findById(resource: { accountId: string; id: string }, options: CallOptions): Promise<Resource | null>;
  /** Where the content of a record is, or the content itself; null when there is no such record. */
  findContent(resource: { accountId: string; id: string }, options: CallOptions): Promise<StoredContent | null>;
  /**
   * The secret that every gateway on this database shares under `name`; `offered` becomes it when there is none. Belongs
   * to no account. May be repeated: of several that race, all get the same.
   */
  shareSecret(secret: { name: string; offered: Uint8Array }, options: CallOptions): Promise<Uint8Array>;
  /** Resolves when the database answers. May be repeated. */
  check(options: CallOptions): Promise<void>;
  /** Waits for running statements and frees connections. */
  close(): Promise<void>;
};

/** A blob's row without its bytes. */
export type BlobRecord = { readonly id: string; readonly location: BlobLocation; readonly sizeBytes: number };

/** A blob's row, with what PostgreSQL finds when it reads the bytes in it; null when they lie in the store. */
export type ListedBlob = BlobRecord & {
  readonly accountId: string;
  readonly sha256: string;
  readonly inline: { readonly sha256: string; readonly sizeBytes: number } | null;
};

/** The next `limit` rows after the one with the id `after`, in the order of their ids; null begins. */
export type PageOptions = { readonly after: string | null; readonly limit: number };

/** The blobs' rows of all accounts, for the sweep and the verification. Every call may be repeated. */
export type BlobCatalog = {
  /**
   * Looks at one page and gives those that no resource refers to, which were registered before `olderThan` and lie in
   * one of `buckets`; with `remove` their rows are gone when it resolves. A row that is being referred to meanwhile is
   * left alone, and so is one that another sweep holds. `next` is null after the last page.
   */
  findUnreferenced(
    page: PageOptions & { readonly olderThan: Date; readonly buckets: readonly string[]; readonly remove: boolean },
    options: CallOptions,
  ): Promise<{ readonly found: readonly BlobRecord[]; readonly next: string | null }>;
  /** Those of `keys` that some row names as the place of its bytes in a store. */
  findNamedKeys(keys: readonly string[], options: CallOptions): Promise<ReadonlySet<string>>;
  listBlobs(page: PageOptions, options: CallOptions): Promise<readonly ListedBlob[]>;
  /** The ids of resources whose blob has no row, which the foreign key forbids. */
  listWithoutBlob(page: PageOptions, options: CallOptions): Promise<readonly string[]>;
  countBlobs(options: CallOptions): Promise<{ readonly count: number; readonly sizeBytes: number }>;
};

/** Content behind a URI, opened. Whoever opened it iterates `bytes`, which closes the connection at its end. */
export type RemoteContent = {
  readonly bytes: ByteStream;
  /** The type that the remote declares, or null. */
  readonly declaredMimeType: string | null;
  /** Without credentials, fragment or signature. */
  readonly originalUri: string;
  readonly externalId: string | null;
  readonly externalStorageType: ExternalStorageType | null;
};

/**
 * Opens the content behind a URI.
 * @throws GatewayError `invalid_input` (a URI that may not be fetched), `forbidden` (a bucket that may not be read),
 *   `remote_failed` (the remote did not give it); the stream throws `remote_failed` when it breaks.
 */
export type RemoteOpener = (
  uri: string,
  options: CallOptions & { readonly accountId: string },
) => Promise<RemoteContent>;

/** The type that the first bytes of a content or, failing that, its name give away, or null. Never rejects. */
export type MimeTypeDetector = (sample: { head: Uint8Array; name: string }) => Promise<string | null>;
