// Walking a bucket page by page. It refuses to hold more than a page in memory.

import type { ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3';
import type { StoredBlob } from '../../domain/content/blob-store.ts';
import { isAsideKey, isStorageKey } from '../../domain/fields/ids.ts';
import type { CallOptions } from '../../domain/flow/stream.ts';
import { errorName, type S3Connection } from './client.ts';

/** Every object in the bucket. */
export async function* listObjects(connection: S3Connection, { signal }: CallOptions): AsyncGenerator<StoredBlob> {
  const { client, bucket } = connection;
  let token: string | undefined;
  do {
    const next = token === undefined ? {} : { ContinuationToken: token };
    const page = await client.listObjectsV2({ Bucket: bucket, ...next }, { abortSignal: signal });
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      if (Key === undefined || LastModified === undefined) continue;
      signal.throwIfAborted();
      yield { key: Key, sizeBytes: Size ?? 0, modifiedAt: LastModified };
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

export type OldUploadsOptions = CallOptions & { readonly olderThan: Date; readonly remove: boolean };

/** Counts, and aborts when it is told to, the multipart uploads begun before `olderThan` under keys of ours. */
export async function countOldUploads(connection: S3Connection, options: OldUploadsOptions): Promise<number> {
  const { client, bucket } = connection;
  const { signal, olderThan, remove } = options;
  let count = 0;
  let marker: { KeyMarker?: string; UploadIdMarker?: string } | null = {};
  while (marker !== null) {
    const page: ListMultipartUploadsCommandOutput | null = await client
      .listMultipartUploads({ Bucket: bucket, ...marker }, { abortSignal: signal })
      .catch((thrown: unknown) => {
        // Some stores cannot list their uploads; that must not keep the rest of a sweep from running.
        if (errorName(thrown) === 'NotImplemented') return null;
        throw thrown;
      });
    for (const { Key, UploadId, Initiated } of page?.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || Initiated === undefined || Initiated >= olderThan) continue;
      if (!isStorageKey(Key) && !isAsideKey(Key)) continue;
      const upload = { Bucket: bucket, Key, UploadId };
      if (remove) await client.abortMultipartUpload(upload, { abortSignal: signal }).catch(ignoreGone);
      count += 1;
    }
    marker = page?.IsTruncated === true ? nextMarker(page.NextKeyMarker, page.NextUploadIdMarker) : null;
  }
  return count;
}

function nextMarker(key: string | undefined, uploadId: string | undefined) {
  if (key === undefined) return null;
  return uploadId === undefined ? { KeyMarker: key } : { KeyMarker: key, UploadIdMarker: uploadId };
}

function ignoreGone(thrown: unknown): void {
  if (errorName(thrown) !== 'NoSuchUpload') throw thrown;
}
