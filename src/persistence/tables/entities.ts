// The tables, as MikroORM maps and compares them. Entities never leave this folder.
import { defineEntity, p } from '@mikro-orm/core';
import { AccountLeaseEntity, AccountQuotaEntity, AccountUsageEntity, RateWindowEntity } from './accounts.ts';
import { BlobEntity, BYTE_ORDER } from './blob.ts';
import { EventEntity, EventLogEntity, EventMarkEntity } from './events.ts';
import { ResourceVersionEntity, TrashEntity } from './history.ts';
import { toRecordColumns } from './record-columns.ts';
import { UploadEntity } from './uploads.ts';
import { WebhookDeliveryEntity, WebhookEntity } from './webhooks.ts';

/** One stored file. Its place in an account is unique: the index decides conflicts, not a look-up. */
export const ResourceEntity = defineEntity({
  name: 'Resource',
  tableName: 'resources',
  properties: {
    ...toRecordColumns(),
    /** A Bloom filter of the metadata, short enough for an index to carry: who lacks a bit of another's does not contain it. */
    metadataBits: p.bigint().nullable().generated('(metadata_bits(metadata)) stored').lazy(),
    createdBy: p.text().collation(BYTE_ORDER).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    /** Which content it has, counted from 1; the earlier ones are `resource_versions`. */
    version: p.integer().default(1),
    /** Since when it has this content, and whose that is; null for the first one. */
    replacedAt: p.datetime(3).nullable(),
    replacedBy: p.text().collation(BYTE_ORDER).nullable(),
    tags: () => p.oneToMany(ResourceTagEntity).mappedBy('resource').orderBy({ position: 'asc' }),
  },
  uniques: [
    {
      name: 'resources_account_id_directory_path_name_unique',
      properties: ['accountId', 'directoryPath', 'name'],
      // Sums of a directory's sizes never leave the index, nor does its order.
      include: ['sizeBytes', 'createdAt', 'id'],
    },
  ],
  indexes: [
    { name: 'resources_blob_id_index', properties: ['blobId'] },
    { name: 'resources_created_at_index', properties: ['accountId', 'createdAt', 'id'], include: ['metadataBits'] },
    { name: 'resources_name_index', properties: ['accountId', 'name', 'id'], include: ['metadataBits'] },
    { name: 'resources_size_bytes_index', properties: ['accountId', 'sizeBytes', 'id'], include: ['metadataBits'] },
    { name: 'resources_updated_at_index', properties: ['accountId', 'updatedAt'] },
    { name: 'resources_created_by_index', properties: ['accountId', 'createdBy', 'createdAt', 'id'] },
    {
      name: 'resources_mime_type_index',
      expression: `create index "resources_mime_type_index" on "resources" ("account_id", (split_part("mime_type", ';', 1)), "created_at", "id")`,
    },
    {
      name: 'resources_metadata_index',
      expression: `create index "resources_metadata_index" on "resources" using gin (("metadata"::jsonb) jsonb_path_ops)`,
    },
  ],
});

/** What all gateways on this database share, by its purpose. */
export const SharedSecretEntity = defineEntity({
  name: 'SharedSecret',
  tableName: 'shared_secrets',
  properties: {
    name: p.text().primary(),
    value: p.blob(),
    createdAt: p.datetime(3),
  },
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

/** One tag of one resource, at the place where it was sent, with what the resource is listed by; that never changes. */
export const ResourceTagEntity = defineEntity({
  name: 'ResourceTag',
  tableName: 'resource_tags',
  properties: {
    resource: () =>
      p
        .manyToOne(ResourceEntity)
        .joinColumns('account_id', 'resource_id')
        .primary()
        .deleteRule('cascade')
        .updateRule('restrict'),
    accountId: p.text().collation(BYTE_ORDER).primary(),
    position: p.smallint().primary(),
    tag: p.text().collation(BYTE_ORDER),
    createdAt: p.datetime(3),
  },
  indexes: [{ name: 'resource_tags_tag_index', properties: ['accountId', 'tag', 'createdAt', 'resource'] }],
});

/** All of them. */
export const ENTITIES = [
  BlobEntity,
  ResourceEntity,
  ResourceTagEntity,
  ResourceVersionEntity,
  TrashEntity,
  IdempotencyKeyEntity,
  SharedSecretEntity,
  UploadEntity,
  EventEntity,
  EventLogEntity,
  EventMarkEntity,
  WebhookEntity,
  WebhookDeliveryEntity,
  RateWindowEntity,
  AccountUsageEntity,
  AccountQuotaEntity,
  AccountLeaseEntity,
] as const;
