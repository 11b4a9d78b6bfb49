// Staging on S3: one PutObject for what fits in a part, a multipart upload beyond. It refuses to leave parts behind.
import type { Buffer } from 'node:buffer';
import type { ByteStream, CallOptions, StagedBlob } from '../../domain/flow/stream.ts';
import { drain } from '../drain.ts';
import { createGatherer } from '../gatherer.ts';
import { attempt } from '../store-failure.ts';
import { requireETag, type S3Connection } from './client.ts';
import { CLEANUP_TIMEOUT_MS, createMultipartUpload } from './multipart.ts';
import { PART_BYTES, type PartPool } from './parts.ts';

export type S3StagingOptions = CallOptions & { readonly key: string; readonly pool: PartPool };

/** Takes `bytes` to the end; see `BlobStore.stage`. Up to one part is kept in memory until it is committed. */
export async function stageInS3(
  bytes: ByteStream,
  options: S3StagingOptions & { readonly connection: S3Connection },
): Promise<StagedBlob> {
  const { connection, key, pool, signal } = options;
  const { client, bucket } = connection;
  const object = { Bucket: bucket, Key: key };
  const gatherer = createGatherer({ maxBytes: PART_BYTES, takeBuffer: pool.takeBuffer });
  const upload = createMultipartUpload(connection, { key, pool, signal });
  let inParts = false;
  let only: Buffer | null = null;
  let ended = false;

  const sendPart = (): Promise<void> => {
    inParts = true;
    return attempt(upload.put(gatherer.take()), { signal, sentence: `a part of the blob ${key} could not be sent` });
  };
  const fillParts = async (piece: Uint8Array, offset: number): Promise<void> => {
    for (let at = offset; at < piece.byteLength; at += gatherer.fill(piece, at)) {
      if (gatherer.isFull()) await sendPart();
    }
  };
  const sink = (piece: Uint8Array): Promise<void> | undefined => {
    const filled = gatherer.fill(piece, 0);
    return filled === piece.byteLength ? undefined : fillParts(piece, filled);
  };

  const discard = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    pool.releaseBuffer(only ?? gatherer.take());
    only = null;
    await upload.abort();
  };

  try {
    await drain(bytes, { signal, sink });
    if (inParts) {
      await sendPart();
      await attempt(upload.settle(), { signal, sentence: `a part of the blob ${key} could not be sent` });
    } else only = gatherer.take();
  } catch (thrown) {
    await discard();
    throw thrown;
  }

  const publish = async (commitSignal: AbortSignal): Promise<void> => {
    if (only === null) return upload.complete(commitSignal);
    const body = { Body: only, ContentLength: only.byteLength };
    requireETag(await client.putObject({ ...object, ...body }, { abortSignal: commitSignal }));
    pool.releaseBuffer(only);
    only = null;
  };
  /** The store may have taken the object although we never heard of it; the key is fresh, so nobody else's goes. */
  const withdraw = async (): Promise<void> => {
    const abortSignal = AbortSignal.timeout(CLEANUP_TIMEOUT_MS);
    await client.deleteObject(object, { abortSignal }).catch(() => undefined);
  };

  return {
    async commit(commitOptions) {
      commitOptions.signal.throwIfAborted();
      if (ended) throw new Error('this blob was committed or discarded before');
      try {
        await attempt(publish(commitOptions.signal), {
          signal: commitOptions.signal,
          sentence: `the blob ${key} could not be committed`,
        });
        ended = true;
      } catch (thrown) {
        // Not the buffer of a PutObject that failed: its request may still be reading it.
        only = null;
        await Promise.all([discard(), withdraw()]);
        throw thrown;
      }
    },
    discard,
  };
}
