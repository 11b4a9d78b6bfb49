// Lists a bucket page by page; one page is held in memory.

import type { ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3';
import type { AbandonedOptions, StoredBlob } from '../../domain/content/blob-store.ts';
import { isAsideKey, isStorageKey } from '../../domain/fields/ids.ts';
import type { CallOptions } from '../../domain/flow/stream.ts';
import { errorName, type S3Connection } from './client.ts';
import { keyOfTail, TAILS_PREFIX } from './upload-state.ts';

type Listing = CallOptions & { readonly prefix: string };

/** Every object whose key begins with `prefix`. */
export async function* listObjects(
  { client, bucket }: S3Connection,
  { prefix, signal }: Listing,
): AsyncGenerator<StoredBlob> {
  let token: string | undefined;
  do {
    const next = token === undefined ? {} : { ContinuationToken: token };
    const from = prefix === '' ? {} : { Prefix: prefix };
    const page = await client.listObjectsV2({ Bucket: bucket, ...from, ...next }, { abortSignal: signal });
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      if (Key === undefined || LastModified === undefined) continue;
      signal.throwIfAborted();
      yield { key: Key, sizeBytes: Size ?? 0, modifiedAt: LastModified };
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

export type OpenUpload = { readonly key: string; readonly uploadId: string; readonly beganAt: Date };

/** Every multipart upload, not completed yet, whose key begins with `prefix`; none where the store cannot list them. */
export async function* listUploads(
  { client, bucket }: S3Connection,
  { prefix, signal }: Listing,
): AsyncGenerator<OpenUpload> {
  let marker: { KeyMarker?: string; UploadIdMarker?: string } | null = {};
  const from = prefix === '' ? {} : { Prefix: prefix };
  while (marker !== null) {
    const page: ListMultipartUploadsCommandOutput | null = await client
      .listMultipartUploads({ Bucket: bucket, ...from, ...marker }, { abortSignal: signal })
      .catch((thrown: unknown) => {
        // That must not keep the rest of a sweep from running.
        if (errorName(thrown) === 'NotImplemented') return null;
        throw thrown;
      });
    for (const { Key, UploadId, Initiated } of page?.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || Initiated === undefined) continue;
      yield { key: Key, uploadId: UploadId, beganAt: Initiated };
    }
    marker = page?.IsTruncated === true ? nextMarker(page.NextKeyMarker, page.NextUploadIdMarker) : null;
  }
}

function nextMarker(key: string | undefined, uploadId: string | undefined) {
  if (key === undefined) return null;
  return uploadId === undefined ? { KeyMarker: key } : { KeyMarker: key, UploadIdMarker: uploadId };
}

/** A part that the store has; `sha256` in base64 where the store has verified one. */
export type StoredPart = {
  readonly number: number;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly sha256: string | null;
};

/** The parts of a multipart upload, in order. */
export async function* listParts(
  { client, bucket }: S3Connection,
  { key, uploadId, signal }: CallOptions & Pick<OpenUpload, 'key' | 'uploadId'>,
): AsyncGenerator<StoredPart> {
  let marker: string | undefined;
  do {
    const from = marker === undefined ? {} : { PartNumberMarker: marker };
    const upload = { Bucket: bucket, Key: key, UploadId: uploadId };
    const page = await client.listParts({ ...upload, ...from }, { abortSignal: signal });
    for (const { PartNumber, Size, ETag, ChecksumSHA256 } of page.Parts ?? []) {
      if (PartNumber === undefined || ETag === undefined) continue;
      yield { number: PartNumber, sizeBytes: Size ?? 0, etag: ETag, sha256: ChecksumSHA256 ?? null };
    }
    marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
  } while (marker !== undefined);
}

/** As a completion names it. */
export function toCompleted({ number, etag, sha256 }: StoredPart) {
  return { PartNumber: number, ETag: etag, ...(sha256 !== null && { ChecksumSHA256: sha256 }) };
}

const PAGE_ITEMS = 1_000;

/**
 * Counts, and removes when it is told to, the multipart uploads under keys of ours and the tails that are older than
 * `olderThan` and belong to no upload that goes on.
 */
export async function countAbandoned(
  connection: S3Connection,
  options: AbandonedOptions & { readonly remove: boolean },
): Promise<number> {
  const { client, bucket } = connection;
  const { signal, remove } = options;
  const call = { abortSignal: signal };
  let count = 0;
  for await (const { item } of abandoned(listUploads(connection, { prefix: '', signal }), { ...options, ...UPLOADS })) {
    const upload = { Bucket: bucket, Key: item.key, UploadId: item.uploadId };
    if (remove) await client.abortMultipartUpload(upload, call).catch(ignoreGone);
    count += 1;
  }
  for await (const { item } of abandoned(listObjects(connection, { prefix: TAILS_PREFIX, signal }), {
    ...options,
    ...TAILS,
  })) {
    if (remove) await client.deleteObject({ Bucket: bucket, Key: item.key }, call);
    count += 1;
  }
  return count;
}

type Judge<Item> = {
  /** The storage key that it belongs to; null when it is not ours. */
  keyOf(item: Item): string | null;
  dateOf(item: Item): Date;
};

const UPLOADS: Judge<OpenUpload> = {
  keyOf: ({ key }) => (isStorageKey(key) || isAsideKey(key) ? key : null),
  dateOf: ({ beganAt }) => beganAt,
};
const TAILS: Judge<StoredBlob> = { keyOf: ({ key }) => keyOfTail(key), dateOf: ({ modifiedAt }) => modifiedAt };

async function* abandoned<Item>(
  items: AsyncIterable<Item>,
  { olderThan, findOpen, keyOf, dateOf }: AbandonedOptions & Judge<Item>,
): AsyncGenerator<{ readonly item: Item; readonly key: string }> {
  let page: { readonly item: Item; readonly key: string }[] = [];
  const judge = async () => {
    const old = page;
    page = [];
    const open = old.length === 0 ? new Set() : await findOpen(old.map(({ key }) => key));
    return old.filter(({ key }) => !open.has(key));
  };
  for await (const item of items) {
    const key = keyOf(item);
    if (key === null || dateOf(item) >= olderThan) continue;
    page.push({ item, key });
    if (page.length === PAGE_ITEMS) yield* await judge();
  }
  yield* await judge();
}

function ignoreGone(thrown: unknown): void {
  if (errorName(thrown) !== 'NoSuchUpload') throw thrown;
}
