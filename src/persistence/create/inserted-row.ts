// What the shared insert says of each record.
import type { Resource } from '../../domain/resource.ts';
import type { Room } from '../../domain/usage/ports.ts';
import type { Row } from '../database/database.ts';
import { toKeptResource } from '../idempotency/kept-resource.ts';
import type { Need } from '../usage/quota-leases.ts';

/** What the statement says of one row; all null or false: someone whom its snapshot did not see was faster. */
export type InsertedRow = {
  readonly created: boolean;
  /** What stands there now, when it is not the record as it came. */
  readonly settled: { readonly kind: 'replaced' | 'kept' | 'renamed'; readonly resource: Resource } | null;
  readonly stale: boolean;
  readonly blobUnknown: boolean;
  readonly claimLost: boolean;
  readonly uploadTaken: boolean;
  /** What its account has left, when that is not enough for it or for those before it; null: it fits. */
  readonly room: Room | null;
  /** An account of the group has a quota, and the statement was one that keeps none: nothing was created. */
  readonly isLimited: boolean;
  /** The lease that its account was asked for with has ended: nothing was added to it. */
  readonly isLeaseLost: boolean;
  /** What was leased for its account. */
  readonly leased: Need | null;
  readonly storageBucket: string | null;
  readonly storageKey: string | null;
  readonly existingId: string | null;
};

/** A result row of the statement. */
export function toInsertedRow(row: Row): InsertedRow {
  const outcome = row.outcome as 'created' | 'replaced' | 'kept' | 'renamed' | null | undefined;
  return {
    created: row.created === true || outcome === 'created',
    settled:
      typeof row.record === 'string' && outcome && outcome !== 'created'
        ? { kind: outcome, resource: toKeptResource(JSON.parse(row.record)) }
        : null,
    stale: row.stale === true,
    blobUnknown: row.blob_unknown === true,
    claimLost: row.claim_lost === true,
    uploadTaken: row.upload_taken === true,
    room: row.is_refused === true ? toRoom(row) : null,
    isLimited: row.is_limited === true,
    isLeaseLost: row.is_lost === true,
    leased:
      row.is_leased === true ? { bytes: Number(row.leased_bytes), resources: Number(row.leased_resources) } : null,
    storageBucket: row.storage_bucket as string | null,
    storageKey: row.storage_key as string | null,
    existingId: row.existing_id as string | null,
  };
}

/** Of a row that has both numbers as text. */
function toRoom({ bytes_left: bytes, resources_left: resources }: Row): Room {
  return { bytes: bytes === null ? null : Number(bytes), resources: resources === null ? null : Number(resources) };
}
