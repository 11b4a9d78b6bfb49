// The tables, as MikroORM maps and compares them. Entities never leave this folder.
import { defineEntity, p } from '@mikro-orm/core';
import { EXTERNAL_STORAGE_TYPES } from '../../domain/resource.ts';
import { UPLOAD_METHODS, UPLOAD_STATES } from '../../domain/uploads/upload.ts';
import { DELIVERY_STATES, DISABLED_REASONS } from '../../domain/webhooks/webhook.ts';
import { BlobEntity, BYTE_ORDER } from './blob.ts';
import { ResourceVersionEntity, TrashEntity } from './history.ts';

/** One stored file. Its place in an account is unique: the index decides conflicts, not a look-up. */
export const ResourceEntity = defineEntity({
  name: 'Resource',
  tableName: 'resources',
  properties: {
    /** Takes the collation for the account's column, which it shares; `blobId` below takes it off its own again. */
    blob: () =>
      p
        .manyToOne(BlobEntity)
        .joinColumns('account_id', 'blob_id')
        .collation(BYTE_ORDER)
        .deleteRule('restrict')
        .updateRule('restrict'),
    blobId: p.uuid(),
    accountId: p.text().collation(BYTE_ORDER).primary(),
    id: p.uuid().primary(),
    directoryPath: p.text().collation(BYTE_ORDER),
    name: p.text().collation(BYTE_ORDER),
    mimeType: p.text().collation(BYTE_ORDER),
    /** The blob's: an index can order by it only here. */
    sizeBytes: p.bigint('number'),
    originalUri: p.text().nullable(),
    externalId: p.text().nullable(),
    externalStorageType: p.enum(EXTERNAL_STORAGE_TYPES).nullable(),
    /** `json`, not `jsonb`: the key order and spelling that were sent are what must come back. */
    metadata: p.json().columnType('json').nullable(),
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

/** A content on its way, and for a while what became of it. It holds no foreign key: what it ended in may be deleted. */
export const UploadEntity = defineEntity({
  name: 'Upload',
  tableName: 'uploads',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    /** Ordered by time, and so is the list of an account's. */
    id: p.uuid().primary(),
    createdBy: p.text().collation(BYTE_ORDER).nullable(),
    method: p.enum(UPLOAD_METHODS),
    state: p.enum(UPLOAD_STATES),
    sizeBytes: p.bigint('number').nullable(),
    offsetBytes: p.bigint('number'),
    /** What it keeps room for while its size is not known. */
    reservedBytes: p.bigint('number').defaultRaw('0'),
    partSizeBytes: p.bigint('number').nullable(),
    expectedSha256: p.string().length(64).collation(BYTE_ORDER).nullable(),
    mimeType: p.text().nullable(),
    /** `json`, not `jsonb`: metadata comes back as it was sent. */
    resource: p.json().columnType('json').nullable(),
    sentMetadata: p.text().nullable(),
    storageBucket: p.text(),
    storageKey: p.text().index('uploads_storage_key_index'),
    /** What the store has to be told again. */
    kept: p.json().columnType('json').nullable(),
    sha256: p.string().length(64).collation(BYTE_ORDER).nullable(),
    resourceId: p.uuid().nullable(),
    error: p.json().columnType('json').nullable(),
    /** The request that has it, until when unless it is renewed, and whether another wants it. */
    holder: p.uuid().nullable(),
    heldUntil: p.datetime(3).nullable(),
    isWanted: p.boolean(),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3),
    /** When the background task looks at it. */
    dueAt: p.datetime(3).index('uploads_due_at_index'),
  },
});

/**
 * What has happened, in the order of (era, xid, id); see docs/decisions/0012. Its table is its migration's alone: it is
 * partitioned by slots of some days, so that what is old is dropped and not deleted.
 */
const EventEntity = defineEntity({
  name: 'Event',
  tableName: 'events',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    /** Which history of the database the xid belongs to; a restored dump begins another. */
    era: p.smallint().primary().default(0),
    xid: p.bigint().columnType('xid8').primary().defaultRaw('event_stamp()'),
    id: p.bigint().primary().autoincrement(),
    slot: p.smallint().primary().defaultRaw('event_slot()'),
    type: p.text().collation(BYTE_ORDER),
    /** The resource; null for a directory. */
    subject: p.uuid().nullable(),
    directoryPath: p.text().collation(BYTE_ORDER),
    /** The other one, when two directories are concerned. */
    otherPath: p.text().collation(BYTE_ORDER).nullable(),
    /** The rest of what it tells; see `ResourceData`. */
    data: p.json().columnType('json'),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
});

/** Where the log stands: one row. */
const EventLogEntity = defineEntity({
  name: 'EventLog',
  tableName: 'event_log',
  properties: {
    name: p.text().primary(),
    /** Part of every cursor that is given out; another one refuses those. */
    epoch: p.text(),
    era: p.smallint(),
    timeline: p.text(),
    /** The transaction that wrote this row; when it is not, the row was copied from another database. */
    writtenBy: p.bigint().columnType('xid8'),
    /** Up to here events have been dropped. */
    droppedEra: p.smallint(),
    droppedXid: p.bigint().columnType('xid8'),
  },
});

/** Which xid was the next one when: by them the end of a slot is known without a look into it. */
const EventMarkEntity = defineEntity({
  name: 'EventMark',
  tableName: 'event_marks',
  properties: {
    seenAt: p.datetime(3).primary(),
    era: p.smallint(),
    xid: p.bigint().columnType('xid8'),
  },
});

/**
 * What an account uses: the sum of its rows, each of which may be negative. Triggers on the tables that are counted write it,
 * see the migration; here it is only read and corrected.
 */
const AccountUsageEntity = defineEntity({
  name: 'AccountUsage',
  tableName: 'account_usage',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    slot: p.smallint().primary(),
    resources: p.bigint('number').defaultRaw('0'),
    bytes: p.bigint('number').defaultRaw('0'),
    /** For uploads that have not ended. */
    reservedBytes: p.bigint('number').defaultRaw('0'),
    versionBytes: p.bigint('number').defaultRaw('0'),
    trashedResources: p.bigint('number').defaultRaw('0'),
    trashedBytes: p.bigint('number').defaultRaw('0'),
  },
});

/** What an account may use. Null: what all may; 2^53 - 1: as much as it likes. */
const AccountQuotaEntity = defineEntity({
  name: 'AccountQuota',
  tableName: 'account_quotas',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    maxBytes: p.bigint('number').nullable(),
    maxResources: p.bigint('number').nullable(),
  },
});

/** An address that is told of its account's events. */
const WebhookEntity = defineEntity({
  name: 'Webhook',
  tableName: 'webhooks',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    id: p.uuid().primary(),
    url: p.text(),
    /** Null: all. */
    types: p.array().columnType('text[]').nullable(),
    directoryPath: p.text().collation(BYTE_ORDER).nullable(),
    description: p.text().nullable(),
    /** Null while events are sent. */
    disabledReason: p.enum(DISABLED_REASONS).nullable(),
    secret: p.text(),
    previousSecret: p.text().nullable(),
    previousSecretUntil: p.datetime(3).nullable(),
    /** Up to here events have been tried. */
    era: p.smallint(),
    xid: p.bigint().columnType('xid8'),
    eventId: p.bigint(),
    failures: p.integer(),
    failingSince: p.datetime(3).nullable(),
    /** Nothing is sent before. */
    resumeAt: p.datetime(3).nullable(),
    /** Which process delivers to it, until when. */
    claimedBy: p.uuid().nullable(),
    claimedUntil: p.datetime(3).nullable(),
    createdBy: p.text().nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
});

/** One event for one webhook. */
const WebhookDeliveryEntity = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_deliveries',
  properties: {
    webhook: () =>
      p
        .manyToOne(WebhookEntity)
        .joinColumns('account_id', 'webhook_id')
        .primary()
        .deleteRule('cascade')
        .updateRule('restrict'),
    accountId: p.text().collation(BYTE_ORDER).primary(),
    era: p.smallint().primary(),
    xid: p.bigint().columnType('xid8').primary(),
    eventId: p.bigint().primary(),
    /** The event's id as callers know it. */
    publicId: p.uuid(),
    type: p.text(),
    state: p.enum(DELIVERY_STATES),
    /** Oldest first. */
    attempts: p.json().columnType('jsonb'),
    /** When it is tried again or, when it need not be, removed. */
    dueAt: p.datetime(3),
  },
  indexes: [
    {
      name: 'webhook_deliveries_retry_index',
      expression: `create index "webhook_deliveries_retry_index" on "webhook_deliveries" ("account_id", "webhook_id", "due_at") where state = 'retrying'`,
    },
    {
      name: 'webhook_deliveries_removal_index',
      expression: `create index "webhook_deliveries_removal_index" on "webhook_deliveries" ("due_at") where state <> 'retrying'`,
    },
    {
      name: 'webhook_deliveries_failed_index',
      expression: `create index "webhook_deliveries_failed_index" on "webhook_deliveries" ("account_id", "webhook_id", "era", "xid", "event_id") where state <> 'delivered'`,
    },
  ],
});

/** What a process may still add to an account without asking; see the migration. */
const AccountLeaseEntity = defineEntity({
  name: 'AccountLease',
  tableName: 'account_leases',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    id: p.uuid().primary(),
    bytes: p.bigint('number'),
    resources: p.bigint('number'),
  },
});

/** What an account has left of its rate points: the last window in which it asked anything. */
const RateWindowEntity = defineEntity({
  name: 'RateWindow',
  tableName: 'rate_windows',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    endsAt: p.datetime(3),
    /** What gateways have taken of the window's points, and what the last of them got. */
    leased: p.integer(),
    granted: p.integer(),
  },
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
