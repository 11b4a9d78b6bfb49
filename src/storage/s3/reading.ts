// Reading an object's bytes. A silent store is given up, a slow reader is waited for.

import type { Readable } from 'node:stream';
import type { BlobStore } from '../../domain/content/blob-store.ts';
import type { ByteStream } from '../../domain/flow/stream.ts';
import { useYoungHeap } from '../../domain/flow/young-heap.ts';
import { attempt, storeFailure } from '../store-failure.ts';
import { answeredStatus, inTurn, requireETag, type S3Connection } from './client.ts';

/** The pieces of `body`; the time limit runs only while a piece is awaited. */
async function* withIdleLimit(body: Readable, options: { idleTimeoutMs: number; signal: AbortSignal; key: string }) {
  const { idleTimeoutMs, signal, key } = options;
  const onIdle = (): void => {
    body.destroy(storeFailure(`the store fell silent for ${idleTimeoutMs} ms while the blob ${key} was read`));
  };
  let timer = setTimeout(onIdle, idleTimeoutMs);
  try {
    for await (const piece of body) {
      clearTimeout(timer);
      yield piece as Uint8Array;
      useYoungHeap((piece as Uint8Array).byteLength);
      timer = setTimeout(onIdle, idleTimeoutMs);
    }
  } catch (thrown) {
    await attempt(Promise.reject(thrown), { signal, sentence: `the blob ${key} could not be read to its end` });
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}

/** Opens an object; see `BlobStore.read`. */
export async function readFromS3(
  connection: S3Connection,
  options: Parameters<BlobStore['read']>[1] & { readonly key: string },
): Promise<ByteStream> {
  const { key, range, signal } = options;
  const { reader, bucket, idleTimeoutMs } = connection;
  const part = range === null ? {} : { Range: `bytes=${range.start}-${range.end}` };
  const sentence = `the blob ${key} could not be opened`;
  const opening = reader.getObject({ Bucket: bucket, Key: key, ...part }, { abortSignal: signal });
  const { Body } = await attempt(opening, { signal, sentence });
  if (Body === undefined) throw storeFailure(`${sentence}: the store answered without a body`);
  // On Node the SDK always gives a stream of Node's; its type also covers browsers.
  return withIdleLimit(Body as Readable, { idleTimeoutMs, signal, key });
}

/** Asks for an object's head; see `BlobStore.has`. */
export async function isInS3(
  connection: S3Connection,
  { key, accountId, sizeBytes, signal }: Parameters<BlobStore['has']>[1] & { readonly key: string },
): Promise<boolean> {
  const { writer, bucket } = connection;
  const look = () => writer.headObject({ Bucket: bucket, Key: key }, { abortSignal: signal });
  const looking = inTurn(connection, { accountId, signal }, look).then(
    (head) => {
      requireETag(head);
      return head.ContentLength === sizeBytes;
    },
    (thrown: unknown) => {
      // The bucket was there at the start: a 404 is the object's, or the bucket's end, which every other call tells.
      if (answeredStatus(thrown) === 404) return false;
      throw thrown;
    },
  );
  return await attempt(looking, { signal, sentence: `the blob ${key} could not be looked at` });
}
