// The table of contents, which all others that have one refer to.
import { defineEntity, p } from '@mikro-orm/core';

/** Byte order: equal on every machine and after every upgrade of the system's locale data, and what an index can use. */
export const BYTE_ORDER = 'C';

/** One content of one account: where its bytes are, or the bytes themselves. */
export const BlobEntity = defineEntity({
  name: 'Blob',
  tableName: 'blobs',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    id: p.uuid().primary(),
    sha256: p.string().length(64).collation(BYTE_ORDER),
    sizeBytes: p.bigint('number'),
    storageBucket: p.text(),
    storageKey: p.text(),
    /** Null when the bytes lie in the store under `storageKey`. */
    content: p.blob().nullable().lazy(),
    createdAt: p.datetime(3),
  },
  uniques: [{ name: 'blobs_account_id_sha256_unique', properties: ['accountId', 'sha256'] }],
  /** For the sweep, which asks of each object whether a row names it. */
  indexes: [{ name: 'blobs_storage_key_index', properties: ['storageKey'], where: 'content is null' }],
});
