// The tables of what was: earlier contents, and deleted resources.
import { defineEntity, p } from '@mikro-orm/core';
import { BYTE_ORDER } from './blob.ts';
import { toBlobReference, toContentColumns, toRecordColumns } from './record-columns.ts';

/**
 * A content that a resource had. Its rows never change. It holds no foreign key on its resource, which may be in the trash;
 * whoever removes that for good removes these as well.
 */
export const ResourceVersionEntity = defineEntity({
  name: 'ResourceVersion',
  tableName: 'resource_versions',
  properties: {
    ...toBlobReference(),
    accountId: p.text().collation(BYTE_ORDER).primary(),
    resourceId: p.uuid().primary(),
    number: p.integer().primary(),
    ...toContentColumns(),
    createdBy: p.text().collation(BYTE_ORDER).nullable(),
    createdAt: p.datetime(3),
    /** Until when the resource had it. */
    replacedAt: p.datetime(3).index('resource_versions_replaced_at_index'),
  },
  indexes: [{ name: 'resource_versions_blob_id_index', properties: ['blobId'] }],
});

/** A deleted resource: all that its row said, its tags, and when and by whom it was deleted. Its rows never change. */
export const TrashEntity = defineEntity({
  name: 'Trash',
  tableName: 'trash',
  properties: {
    ...toRecordColumns(),
    tags: p.array(),
    createdBy: p.text().collation(BYTE_ORDER).nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
    version: p.integer(),
    replacedAt: p.datetime(3).nullable(),
    replacedBy: p.text().collation(BYTE_ORDER).nullable(),
    deletedAt: p.datetime(3).index('trash_deleted_at_index'),
    deletedBy: p.text().collation(BYTE_ORDER).nullable(),
    /** The deletion of a directory that it went with, and that directory. */
    deletionId: p.uuid().nullable(),
    deletedPath: p.text().collation(BYTE_ORDER).nullable(),
  },
  indexes: [
    { name: 'trash_blob_id_index', properties: ['blob'] },
    { name: 'trash_account_id_deleted_at_index', properties: ['accountId', 'deletedAt', 'id'] },
    { name: 'trash_deletion_id_index', properties: ['accountId', 'deletionId', 'id'] },
  ],
});
