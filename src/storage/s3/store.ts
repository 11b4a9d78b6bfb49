// Blobs as objects in an S3 bucket. It refuses to open on a bucket that it has not written to.
import type { StoredBlob } from '../../domain/content/blob-store.ts';
import type { ContentStore } from '../../domain/uploads/upload-store.ts';
import { attempt } from '../store-failure.ts';
import { closeConnection, createS3Connection, type S3ConnectionOptions } from './client.ts';
import { LABEL_KEY, readLabel, writeLabel } from './label.ts';
import { countAbandoned, listObjects } from './listing.ts';
import { requireWritableBucket } from './opening.ts';
import { createPartPool } from './parts.ts';
import { presignInS3 } from './presigning.ts';
import { createBucketCheck } from './probe.ts';
import { isInS3, readFromS3 } from './reading.ts';
import { stageInS3 } from './staging.ts';
import { TAILS_PREFIX } from './upload-state.ts';
import { createS3Uploads } from './uploads.ts';

export type S3StoreOptions = S3ConnectionOptions & {
  /** Makes the bucket when it is missing: for development, where nobody else does. */
  readonly createBucket: boolean;
  /** False when those who download cannot reach the store; true when absent. */
  readonly presign?: boolean | undefined;
};

/**
 * Opens the store in a bucket. Whoever opens it closes it.
 * @throws an Error that tells the operator what to change, when the bucket is missing, denied or out of reach
 */
export async function openS3Store(options: S3StoreOptions): Promise<ContentStore> {
  const connection = await createS3Connection(options);
  const { client, bucket } = connection;
  const close = async (): Promise<void> => closeConnection(connection);
  try {
    await requireWritableBucket(connection, { create: options.createBucket });
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const pool = createPartPool();
  const check = createBucketCheck(connection, { now: () => performance.now() });

  return {
    bucket,
    uploads: createS3Uploads({ connection, pool, takesDirect: options.presign !== false }),
    stage: (bytes, stageOptions) => stageInS3(bytes, { ...stageOptions, connection, pool }),
    has: (key, hasOptions) => isInS3(connection, { ...hasOptions, key }),
    // It would cost a request, and what a bucket answers comes from its own checksums.
    stamp: () => Promise.resolve(null),
    read: (key, readOptions) => readFromS3(connection, { ...readOptions, key }),
    presign: async (key, presignOptions) =>
      options.presign === false ? null : await presignInS3(connection, { ...presignOptions, key }),
    async delete(key, { signal }) {
      const deleting = client.deleteObject({ Bucket: bucket, Key: key }, { abortSignal: signal });
      await attempt(deleting, { signal, sentence: `the blob ${key} could not be removed` });
    },
    async *list({ signal }): AsyncGenerator<StoredBlob> {
      const pages = listObjects(connection, { prefix: '', signal });
      const sentence = `the bucket ${bucket} could not be listed`;
      for (;;) {
        const next = await attempt(pages.next(), { signal, sentence });
        if (next.done === true) return;
        if (!isOwn(next.value)) yield next.value;
      }
    },
    removeAbandoned: (removeOptions) =>
      attempt(countAbandoned(connection, { ...removeOptions, remove: true }), {
        signal: removeOptions.signal,
        sentence: 'abandoned multipart uploads could not be removed',
      }),
    countAbandoned: (countOptions) =>
      attempt(countAbandoned(connection, { ...countOptions, remove: false }), {
        signal: countOptions.signal,
        sentence: 'abandoned multipart uploads could not be counted',
      }),
    readLabel: ({ signal }) =>
      attempt(readLabel(connection, { signal }), { signal, sentence: `the label of ${bucket} could not be read` }),
    writeLabel: (text, { replace, signal }) =>
      attempt(writeLabel(connection, { text, replace, signal }), {
        signal,
        sentence: `no label could be put on ${bucket}`,
      }),
    slots: () => ({ s3Parts: pool.state(), s3Calls: connection.calls.state() }),
    check: ({ signal }) => attempt(check({ signal }), { signal, sentence: `the bucket ${bucket} cannot be used` }),
    close,
  };
}

/** Objects of the store itself, which are no blobs. */
function isOwn({ key }: StoredBlob): boolean {
  return key === LABEL_KEY || key.startsWith(TAILS_PREFIX);
}
