// Uploads into a bucket, piece by piece through the gateway or straight from the client.
import type { UploadStore } from '../../domain/uploads/upload-store.ts';
import { attempt } from '../store-failure.ts';
import { appendInS3 } from './append.ts';
import type { S3Connection } from './client.ts';
import { commitInS3, discardInS3 } from './completing.ts';
import { createDirectUploads } from './direct.ts';
import type { PartPool } from './parts.ts';
import { MAX_UPLOAD_BYTES } from './upload-state.ts';

export type S3UploadsOptions = {
  readonly connection: S3Connection;
  readonly pool: PartPool;
  /** False when clients cannot reach the store. */
  readonly takesDirect: boolean;
};

/** Creates the uploads of one bucket; what they share with its store stays the store's. */
export function createS3Uploads({ connection, pool, takesDirect }: S3UploadsOptions): UploadStore {
  return {
    maxBytes: MAX_UPLOAD_BYTES,
    direct: takesDirect ? createDirectUploads(connection) : null,
    append: (bytes, call) => appendInS3(bytes, { connection, parts: pool.open(call.accountId), ...call }),
    commit: (uploaded, call) =>
      attempt(commitInS3(uploaded, { connection, parts: pool.open(call.accountId), ...call }), {
        signal: call.signal,
        sentence: `the upload ${uploaded.key} could not be completed`,
      }),
    discard: (uploaded, { signal }) =>
      attempt(discardInS3(uploaded, { connection, signal }), {
        signal,
        sentence: `the upload ${uploaded.key} could not be removed`,
      }),
  };
}
