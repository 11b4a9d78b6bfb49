// What the domain needs from the world. Adapters give plain objects of these types; nothing here is optional.
import type { ResourceChanges } from './change-ports.ts';
import type { ResourceReads } from './read-ports.ts';
import type { ExternalStorageType, Resource } from './resource.ts';

/** Bytes in pieces of any size. Whoever iterates it ends it: leaving the loop early closes the source. */
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
   * abort nothing stays behind. What `bytes` throws is thrown on unchanged.
   */
  stage(bytes: ByteStream, options: CallOptions & { readonly key: string }): Promise<StagedBlob>;
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
  /** Resolves when the store can be reached and used. May be repeated. */
  check(options: CallOptions): Promise<void>;
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

export type InsertOutcome =
  /** Stored. `location` is where its content lies, which is another than the offered one when the blob was known. */
  | { readonly kind: 'created'; readonly location: BlobLocation }
  /** (account, directory_path, name) is taken; nothing was changed. */
  | { readonly kind: 'conflict'; readonly existingId: string }
  /** No blob was offered and none is registered; nothing was changed. */
  | { readonly kind: 'blob_unknown' };

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
   * Stores a record, its tags and, when needed, its blob's row in one transaction. When it resolves with `created`, a
   * crash no longer loses it. When it rejects, it may or may not have been stored. Not aborted once it has begun.
   */
  insert(resource: NewResource, content: ContentRef): Promise<InsertOutcome>;
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
