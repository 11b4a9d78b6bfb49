// The columns that resources, their earlier versions and the trash have in common. Each table gets its own.
import { p } from '@mikro-orm/core';
import { EXTERNAL_STORAGE_TYPES } from '../../domain/resource.ts';
import { BlobEntity, BYTE_ORDER } from './blob.ts';

/** Which content it is. */
export const toBlobReference = () => ({
  /** Takes the collation for the account's column, which it shares; `blobId` takes it off its own again. */
  blob: () =>
    p
      .manyToOne(BlobEntity)
      .joinColumns('account_id', 'blob_id')
      .collation(BYTE_ORDER)
      .deleteRule('restrict')
      .updateRule('restrict'),
  blobId: p.uuid(),
});

/** What is known of a content beside its bytes. */
export const toContentColumns = () => ({
  mimeType: p.text().collation(BYTE_ORDER),
  /** The blob's: an index can order by it only here. */
  sizeBytes: p.bigint('number'),
  originalUri: p.text().nullable(),
  externalId: p.text().nullable(),
  externalStorageType: p.enum(EXTERNAL_STORAGE_TYPES).nullable(),
});

/** A record in its place, there or in the trash. */
export const toRecordColumns = () => ({
  ...toBlobReference(),
  accountId: p.text().collation(BYTE_ORDER).primary(),
  id: p.uuid().primary(),
  directoryPath: p.text().collation(BYTE_ORDER),
  name: p.text().collation(BYTE_ORDER),
  ...toContentColumns(),
  /** `json`, not `jsonb`: the key order and spelling that were sent are what must come back. */
  metadata: p.json().columnType('json').nullable(),
});
