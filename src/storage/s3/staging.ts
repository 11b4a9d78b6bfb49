// Staging on S3: one PutObject for what fits in a part, a multipart upload beyond. No part is left over.

import { Buffer } from 'node:buffer';
import type { StagedBlob } from '../../domain/content/blob-store.ts';
import type { ByteStream, CallOptions } from '../../domain/flow/stream.ts';
import { drain } from '../drain.ts';
import { stageBlob } from '../staged-blob.ts';
import { attempt } from '../store-failure.ts';
import { inTurn, requireETag, type S3Connection } from './client.ts';
import { CLEANUP_TIMEOUT_MS, createMultipartUpload } from './multipart.ts';
import { createPartFilling } from './part-filling.ts';
import type { PartPool, Parts } from './parts.ts';

export type S3StagingOptions = CallOptions & {
  readonly key: string;
  readonly accountId: string;
  readonly pool: PartPool;
};

/** A content that is one part, waiting for its commit. `drop` is for bytes that a failed request may still read. */
type OnlyPart = { readonly bytes: Buffer; release(): void; drop(): void };

/** Below this, copying a content out of its part costs less than holding the part until the commit. */
const COPIED_BYTES = 1024 * 1024;
const nothing = (): void => {};

/** Null when too many parts wait for their commit already: then this one is sent at once. */
function keepOnly({ bytes, isPart }: { bytes: Buffer; isPart: boolean }, pool: Parts): OnlyPart | null {
  if (!isPart) return { bytes, release: nothing, drop: nothing };
  if (bytes.byteLength <= COPIED_BYTES) {
    const copy = Buffer.from(bytes);
    pool.release(bytes);
    return { bytes: copy, release: nothing, drop: nothing };
  }
  const leave = pool.keep();
  if (leave === null) return null;
  return {
    bytes,
    release() {
      leave();
      pool.release(bytes);
    },
    drop() {
      leave();
      pool.drop();
    },
  };
}

/** Takes `bytes` to the end; see `BlobStore.stage`. Up to one part is kept in memory until it is committed. */
export async function stageInS3(
  bytes: ByteStream,
  options: S3StagingOptions & { readonly connection: S3Connection },
): Promise<StagedBlob> {
  const { connection, key, accountId, signal } = options;
  const { client, writer, bucket } = connection;
  const pool = options.pool.open(accountId);
  const object = { Bucket: bucket, Key: key };
  const upload = createMultipartUpload(connection, { key, accountId, pool, signal });
  let inParts = false;
  let only: OnlyPart | null = null;
  let withdrawing: Promise<void> | null = null;

  const send = (part: Buffer): Promise<void> => {
    inParts = true;
    return attempt(upload.put(part), { signal, sentence: `a part of the blob ${key} could not be sent` });
  };
  const filling = createPartFilling({ pool, signal, send });

  const publish = async (commitSignal: AbortSignal): Promise<void> => {
    if (only === null) return upload.complete(commitSignal);
    const body = { Body: only.bytes, ContentLength: only.bytes.byteLength };
    requireETag(await writer.putObject({ ...object, ...body }, { abortSignal: commitSignal }));
    only.release();
    only = null;
  };
  /** The store may have taken the object although we never heard of it; the key is fresh, so nobody else's goes. */
  const withdraw = async (): Promise<void> => {
    const abortSignal = AbortSignal.timeout(CLEANUP_TIMEOUT_MS);
    await client.deleteObject(object, { abortSignal }).catch(() => undefined);
  };

  return stageBlob({
    async fill() {
      await drain(bytes, { signal, sink: filling.fill });
      const last = filling.take();
      if (!inParts) only = keepOnly(last, pool);
      if (only !== null) return;
      await send(last.bytes);
      await attempt(upload.settle(), { signal, sentence: `a part of the blob ${key} could not be sent` });
    },
    sentence: `the blob ${key} could not be committed`,
    publish: (commitSignal) =>
      inTurn(connection, { accountId, signal: commitSignal }, async () => {
        try {
          await publish(commitSignal);
        } catch (thrown) {
          // Not the buffer of a PutObject that failed: its request may still be reading it.
          only?.drop();
          only = null;
          withdrawing = withdraw();
          throw thrown;
        }
      }),
    async free() {
      const { bytes: unsent, isPart } = filling.take();
      if (isPart) pool.release(unsent);
      only?.release();
      only = null;
      await Promise.all([upload.abort(), withdrawing]);
    },
  });
}
