// The table of uploads.
import { defineEntity, p } from '@mikro-orm/core';
import { UPLOAD_METHODS, UPLOAD_STATES } from '../../domain/uploads/upload.ts';
import { BYTE_ORDER } from './blob.ts';

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
