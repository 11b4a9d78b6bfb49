// The tables, as MikroORM maps and compares them. Entities never leave this folder.
import { defineEntity, p } from '@mikro-orm/core';
import { EXTERNAL_STORAGE_TYPES } from '../domain/resource.ts';

// Byte order: equal on every machine and after every upgrade of the system's locale data, and what an index can use.
const BYTE_ORDER = 'C';

/** One content of one account: where its bytes are, or the bytes themselves. */
export const BlobEntity = defineEntity({
  name: 'Blob',
  tableName: 'blobs',
  properties: {
    id: p.uuid().primary(),
    accountId: p.text().collation(BYTE_ORDER),
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

/** One stored file. Its place in an account is unique: the index decides conflicts, not a look-up. */
export const ResourceEntity = defineEntity({
  name: 'Resource',
  tableName: 'resources',
  properties: {
    id: p.uuid().primary(),
    accountId: p.text().collation(BYTE_ORDER),
    directoryPath: p.text().collation(BYTE_ORDER),
    name: p.text().collation(BYTE_ORDER),
    mimeType: p.text(),
    blob: () => p.manyToOne(BlobEntity).deleteRule('restrict').updateRule('restrict').index('resources_blob_id_index'),
    originalUri: p.text().nullable(),
    externalId: p.text().nullable(),
    externalStorageType: p.enum(EXTERNAL_STORAGE_TYPES).nullable(),
    /** `json`, not `jsonb`: the key order and spelling that were sent are what must come back. */
    metadata: p.json().columnType('json').nullable(),
    createdBy: p.text().nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    tags: () => p.oneToMany(ResourceTagEntity).mappedBy('resource').orderBy({ position: 'asc' }),
  },
  uniques: [
    {
      name: 'resources_account_id_directory_path_name_unique',
      properties: ['accountId', 'directoryPath', 'name'],
    },
  ],
});

/** An idempotency key that is claimed or that a result is kept under; it stands until it expires. */
export const IdempotencyKeyEntity = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    key: p.text().collation(BYTE_ORDER).primary(),
    /** The claim that holds the key or has filled it. */
    owner: p.uuid(),
    claimedAt: p.datetime(3),
    expiresAt: p.datetime(3).index('idempotency_keys_expires_at_index'),
    fingerprint: p.string().length(64).collation(BYTE_ORDER).nullable(),
    /** The resource as it was answered, without where its content lies. Null while the first request runs. */
    result: p.json().columnType('json').nullable(),
    storageBucket: p.text().nullable(),
    storageKey: p.text().nullable(),
  },
});

/** One tag of one resource, at the place where it was sent. */
export const ResourceTagEntity = defineEntity({
  name: 'ResourceTag',
  tableName: 'resource_tags',
  properties: {
    resource: () => p.manyToOne(ResourceEntity).primary().deleteRule('cascade').updateRule('restrict'),
    position: p.smallint().primary(),
    tag: p.text().collation(BYTE_ORDER),
  },
});
