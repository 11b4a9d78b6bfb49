// Records as a test needs them: complete, distinct, and changed in the one point that the test is about.
import { createHash, randomUUID } from 'node:crypto';
import type { ContentRef, NewResource } from '../../../src/domain/create/ports.ts';
import { createId } from '../../../src/domain/fields/ids.ts';

export function createRecord(changes: Partial<NewResource> = {}): NewResource {
  const id = createId();
  return {
    id,
    accountId: 'acme',
    directoryPath: '/docs',
    name: `${id}.txt`,
    mimeType: 'text/plain',
    originalUri: null,
    externalId: null,
    externalStorageType: null,
    tags: [],
    metadata: null,
    createdBy: null,
    createdAt: new Date(),
    ...changes,
  };
}

/** A content of its own unless `text` is given; offered as stored in a bucket. */
export function createContent(text: string = randomUUID()): ContentRef & { offered: object } {
  const bytes = Buffer.from(text);
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    sizeBytes: bytes.byteLength,
    offered: { location: { bucket: 'bucket', key: createId() }, inline: null },
    uploadId: null,
  };
}

/** A deletion past the trash, by nobody. */
export const FOR_GOOD = {
  isPermanent: true,
  deletedAt: new Date(),
  deletedBy: null,
  deletionId: '01900000-0000-7000-8000-000000000000',
};
