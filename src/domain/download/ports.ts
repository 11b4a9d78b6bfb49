// What downloading needs from the records.
import type { BlobLocation } from '../content/blob-store.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Resource } from '../resource.ts';

/** As much of a record as a download needs. */
export type StoredContent = Pick<
  Resource,
  'id' | 'accountId' | 'name' | 'mimeType' | 'sha256' | 'sizeBytes' | 'createdAt'
> & {
  readonly location: BlobLocation;
  /** The bytes themselves when they live in the blob's row: few, by the limit under which they were stored. */
  readonly inline: Uint8Array | null;
};

/** Where contents lie; every call may be repeated. */
export type ContentReads = {
  /** Where the content of a record is, or the content itself; null when there is no such record. */
  findContent(resource: { accountId: string; id: string }, options: CallOptions): Promise<StoredContent | null>;
  /**
   * The secret that every gateway on this database shares under `name`; `offered` becomes it when there is none. Belongs
   * to no account. May be repeated: of several that race, all get the same.
   */
  shareSecret(secret: { name: string; offered: Uint8Array }, options: CallOptions): Promise<Uint8Array>;
};
