// What every operation on uploads is given.
import type { Caller } from '../caller/caller.ts';
import { GatewayError } from '../errors.ts';
import { isId } from '../fields/ids.ts';
import type { UsageRecords } from '../usage/ports.ts';
import type { UploadHolds } from './holds.ts';
import type { LiveHashes } from './live-hashes.ts';
import type { UploadRecords, UploadRef } from './ports.ts';
import type { ContentStore } from './upload-store.ts';

export type UploadPorts = {
  readonly blobs: ContentStore;
  readonly repository: UploadRecords & Pick<UsageRecords, 'findRoom'>;
  readonly uploads: { readonly holds: UploadHolds; readonly hashes: LiveHashes };
  readonly limits: UploadLimits & { readonly maxContentBytes: number };
};

export type UploadLimits = {
  /** How long an upload lives on after each change. */
  readonly uploadTtlMs: number;
  /** Uploads of one account that are open or complete. */
  readonly maxOpenUploads: number;
};

export type UploadCall = UploadPorts & Pick<Caller, 'principal' | 'signal'>;

/** @throws GatewayError `not_found` when it cannot be the id of an upload */
export function toUploadRef(id: string, { principal }: Pick<UploadCall, 'principal'>): UploadRef {
  if (!isId(id)) throw new GatewayError('not_found', { uploadId: id });
  return { accountId: principal.accountId, id: id.toLowerCase() };
}
