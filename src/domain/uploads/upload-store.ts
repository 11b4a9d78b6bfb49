// The part of a store that takes uploads in: the bytes of one content over several requests, by whichever gateway gets them.
import type { BlobStore } from '../content/blob-store.ts';
import type { JsonObject } from '../fields/labels.ts';
import type { ByteStream, CallOptions } from '../flow/stream.ts';

/** What a store has to be told again of the bytes that it holds for an upload: JSON that only its own kind reads. */
export type KeptBytes = JsonObject;

/** The bytes of an upload that a crash no longer loses. */
export type UploadedBytes = {
  /** The storage key that the content will have. */
  readonly key: string;
  /** Null: the store holds nothing yet. */
  readonly kept: KeptBytes | null;
  readonly offsetBytes: number;
};

/** Accounts take turns at the store. */
export type StoreCall = CallOptions & { readonly accountId: string };

export type AppendOptions = StoreCall & {
  readonly from: UploadedBytes;
  /** The size of the whole content, once it is known: the bytes that reach it are its last. */
  readonly sizeBytes: number | null;
  /** Whether another process, given up for dead, may still be writing what it was sent for the same upload. */
  readonly isTakeover: boolean;
  /** Keep all of the bytes or none: what arrived before a failure is dropped. */
  readonly isWhole: boolean;
  /** Aborting it ends the taking in; what has arrived is kept. Aborting `signal` gives up at once. */
  readonly stop: AbortSignal;
  /** Told now and then how far the bytes are durable. When it rejects, no more are taken in. */
  readonly onDurable: (uploaded: UploadedBytes) => Promise<void>;
};

export type AppendOutcome = {
  /** Durable now, and for the caller to remember. */
  readonly uploaded: UploadedBytes;
  /** Why not all of the bytes were taken; null when they were. */
  readonly failure: { readonly thrown: unknown } | null;
};

/** The part of a store that takes uploads in. Nothing of one is visible before it is committed. */
export type UploadStore = {
  /** The largest content that it can take in piece by piece. */
  readonly maxBytes: number;
  /**
   * Takes `bytes` after those that are there, with backpressure and in constant memory. It ends the source in any case.
   * Never repeated with the same `from` once its outcome is remembered.
   */
  append(bytes: ByteStream, options: AppendOptions): Promise<AppendOutcome>;
  /**
   * Makes the bytes, which are all of the content, durable and visible under the key. Harmless when repeated, also by
   * several processes at once, and after one whose answer was lost. `isAsAppended` is false when some of the bytes may be
   * others than those that were appended: who answers for them has to read them.
   */
  commit(uploaded: UploadedBytes, options: StoreCall): Promise<{ readonly isAsAppended: boolean }>;
  /** Frees everything that it holds for an upload, committed or not. May be repeated. */
  discard(uploaded: Pick<UploadedBytes, 'key' | 'kept'>, options: CallOptions): Promise<void>;
  /** Uploads that do not pass through the gateway; null where the store cannot be reached by clients. */
  readonly direct: DirectUploads | null;
};

/** How a content, which is not empty, is to be cut: all parts have this size but the last, which has the rest. */
export type DirectPlan = { readonly sizeBytes: number; readonly partSizeBytes: number };

/** A part that the store has. `tag` is the store's own word for its bytes. */
export type ReceivedPart = { readonly number: number; readonly sizeBytes: number; readonly tag: JsonObject };

export type SignedPart = {
  readonly number: number;
  readonly url: string;
  /** What has to be sent with it, as it is. */
  readonly headers: { readonly [name: string]: string };
};

/** Uploads straight into the store, in parts that clients send to signed addresses. */
export type DirectUploads = {
  /** The largest content. */
  readonly maxBytes: number;
  /** How to cut a content. `hasSha256`: the sha256 is known, and worth having one part that the store proves. */
  plan(content: { readonly sizeBytes: number; readonly hasSha256: boolean }, options: StoreCall): Promise<DirectPlan>;
  /** Prepares the store. `sha256` in lower-case hex, or null when it is not known. */
  begin(
    key: string,
    options: StoreCall & { readonly plan: DirectPlan; readonly sha256: string | null },
  ): Promise<KeptBytes>;
  /** Addresses to `PUT` these parts to, each bound to its size, and to the sha256 where one part is all and it is known. */
  sign(
    upload: DirectUpload,
    options: CallOptions & { readonly numbers: readonly number[]; readonly expiresInSeconds: number },
  ): Promise<SignedPart[]>;
  /** The parts that the store has, in the order of their numbers; null when they were made an object of, or freed. */
  received(upload: DirectUpload, options: StoreCall): Promise<ReceivedPart[] | null>;
  /**
   * Makes an object of the parts. Harmless when repeated after one whose answer was lost.
   * @returns the sha256 of the whole content when the store has proved it, else null
   */
  complete(
    upload: DirectUpload,
    options: StoreCall & { readonly parts: readonly ReceivedPart[] },
  ): Promise<string | null>;
};

export type DirectUpload = {
  readonly key: string;
  readonly kept: KeptBytes;
  readonly plan: DirectPlan;
  readonly sha256: string | null;
};

/** A store with all that is done with it. */
export type ContentStore = BlobStore & { readonly uploads: UploadStore };
