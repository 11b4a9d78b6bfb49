// What uploads need from the records. The database decides who has an upload, and by its own clock for how long.
import type { CallOptions } from '../flow/stream.ts';
import type { Upload } from './upload.ts';

/** Which upload, of which account. */
export type UploadRef = { readonly accountId: string; readonly id: string };

/** One request's hold on an upload. `owner` is a uuid that no other hold has. */
export type UploadHold = UploadRef & { readonly owner: string };

export type NewUpload = Omit<Upload, 'isHeld' | 'createdAt' | 'expiresAt' | 'sha256' | 'resourceId' | 'error'> & {
  /** How many more resources it is known to come to; 0 where it may yet replace the content of one. */
  readonly resourcesNeeded: 0 | 1;
};

export type HoldOutcome =
  /** `isTakeover`: another hold ran out without being given up; who had it may still be at work. */
  | { readonly kind: 'held'; readonly upload: Upload; readonly isTakeover: boolean }
  /** Another request has it, and will be told at its next renewal that it is wanted. */
  | { readonly kind: 'busy'; readonly upload: Upload };

/** What may change of an upload. */
export type UploadChange = Pick<
  Upload,
  'sizeBytes' | 'offsetBytes' | 'kept' | 'location' | 'state' | 'sha256' | 'error'
>;

export type SaveOptions = CallOptions & {
  /** Gives the upload up, together with the change; else the hold is renewed. */
  readonly release: boolean;
  readonly leaseMs: number;
  /** How long it lives on from now, within seven times that from its beginning; null: no longer than before. */
  readonly ttlMs: number | null;
  /** When somebody is to look after it unasked; null: not before it expires. */
  readonly dueMs: number | null;
};

/** An upload whose row is gone, and whether a blob has its bytes. */
export type RemovedUpload = { readonly upload: Upload; readonly isShared: boolean };

/** The uploads. All but the last three keep to one account; one that has expired does not exist for those. */
export type UploadRecords = {
  /**
   * Null when the account has `maxOpen` uploads that are open or complete, or no room for it. An upload of a known size keeps
   * room for all of it. Not aborted once it has begun.
   */
  createUpload(
    upload: NewUpload,
    options: CallOptions & { readonly maxOpen: number; readonly ttlMs: number; readonly dueMs: number | null },
  ): Promise<Upload | null>;
  findUpload(upload: UploadRef, options: CallOptions): Promise<Upload | null>;
  /** The same, and lets it live on as a change does. */
  prolongUpload(upload: UploadRef, options: CallOptions & { readonly ttlMs: number }): Promise<Upload | null>;
  /** Up to `maxCount` of those that were begun before the one with the id `before`, newest first; null: from the newest. */
  listUploads(
    query: { readonly accountId: string; readonly before: string | null; readonly maxCount: number },
    options: CallOptions,
  ): Promise<readonly Upload[]>;
  /** Holds an upload that nobody holds, or whose hold has run out. Null when there is none. */
  holdUpload(hold: UploadHold, options: CallOptions & { readonly leaseMs: number }): Promise<HoldOutcome | null>;
  /** Renews the holds of this process. Gives those that it still has, and whether somebody else wants them. */
  renewHolds(
    holds: readonly UploadHold[],
    options: CallOptions & { readonly leaseMs: number },
  ): Promise<readonly { readonly owner: string; readonly isWanted: boolean }[]>;
  /**
   * Keeps room for the first `bytes` of an upload whose size is not known. False when the account has not so much, or the
   * hold is another's by now. May be repeated.
   */
  reserveUpload(hold: UploadHold, options: CallOptions & { readonly bytes: number }): Promise<boolean>;
  /** Null when the hold is another's by now; nothing was changed then. May be repeated. */
  saveUpload(hold: UploadHold, change: UploadChange, options: SaveOptions): Promise<Upload | null>;
  /** Removes an upload that is held. Null when the hold is another's by now. May be repeated. */
  removeUpload(hold: UploadHold, options: CallOptions): Promise<RemovedUpload | null>;
  /** Up to `limit` uploads that are due and that nobody holds; they are due again after `againMs`. */
  takeDueUploads(
    options: CallOptions & { readonly limit: number; readonly againMs: number },
  ): Promise<readonly Upload[]>;
  /** Removes an upload that has expired and that nobody holds. Null when it is another's by now. */
  removeExpiredUpload(upload: UploadRef, options: CallOptions): Promise<RemovedUpload | null>;
  /** Those of the storage keys that an open upload will lie under. */
  findOpenKeys(keys: readonly string[], options: CallOptions): Promise<ReadonlySet<string>>;
};
