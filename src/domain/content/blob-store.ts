// Object storage, as the domain needs it.
import type { SharesState } from '../caller/shares.ts';
import type { ByteRange, ByteStream, CallOptions } from '../flow/stream.ts';

/** What `storage_bucket` says of a blob that lives in its database row. */
export const INLINE_BUCKET = 'database';

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
   * abort nothing is left. What `bytes` throws is thrown on unchanged. It, and the commit, may reject with
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
  /**
   * What the bytes under `key` have in common only while nothing touches them, at the cost of one look that reads none of
   * them; null when the store cannot tell, when they were touched a moment ago, or when there are none. May be repeated.
   */
  stamp(key: string, options: CallOptions): Promise<string | null>;
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
  /**
   * Removes what stagings that never ended, and uploads that no longer go on, have left since before `olderThan`; gives
   * how many. May be repeated.
   */
  removeAbandoned(options: AbandonedOptions): Promise<number>;
  /** How many `removeAbandoned` would remove. */
  countAbandoned(options: AbandonedOptions): Promise<number>;
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

export type AbandonedOptions = CallOptions & {
  readonly olderThan: Date;
  /** Those of `keys` that bytes may still arrive for, over several requests: what lies there is not abandoned. */
  readonly findOpen: (keys: readonly string[]) => Promise<ReadonlySet<string>>;
};

export type PresignOptions = CallOptions & {
  readonly expiresInSeconds: number;
  /** The values of the answer's Content-Type and Content-Disposition. */
  readonly contentType: string;
  readonly contentDisposition: string;
};
