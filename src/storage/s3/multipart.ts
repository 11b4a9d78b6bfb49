// One content sent to S3 in parts. The upload ends completed or aborted.
import type { Buffer } from 'node:buffer';
import type { CompletedPart } from '@aws-sdk/client-s3';
import type { StoreCall } from '../../domain/uploads/upload-store.ts';
import { answeredStatus, errorName, inTurn, requireETag, type S3Connection } from './client.ts';
import type { Parts } from './parts.ts';

const MAX_PARTS_IN_FLIGHT = 2;
/** How long freeing what a failure left may hold up the failure; `removeAbandoned` finds what is left even then. */
export const CLEANUP_TIMEOUT_MS = 5_000;
const ABORT_ATTEMPTS = 3;

export type MultipartUpload = {
  /**
   * Sends a part, which it owns from now on and gives back to the pool; resolves when the next may be handed in. Parts
   * keep their order.
   */
  put(part: Buffer): Promise<void>;
  /** Resolves when all parts have arrived. */
  settle(): Promise<void>;
  /** Makes the object visible; in the account's turn. */
  complete(signal: AbortSignal): Promise<void>;
  /** Stops and frees everything. Never rejects; harmless when repeated. */
  abort(): Promise<void>;
};

export type MultipartOptions = {
  readonly key: string;
  readonly accountId: string;
  readonly pool: Parts;
  /** Aborting it stops the parts on their way; whoever aborts it still calls `abort`. */
  readonly signal: AbortSignal;
};

/** Begins one, in the account's turn. @returns its id */
export async function beginMultipart(
  connection: S3Connection,
  { key, ...call }: StoreCall & { readonly key: string },
): Promise<string> {
  const { writer, bucket } = connection;
  // Without the signal, once begun: an upload whose id never reached us could not be aborted. The time limits bound it.
  const begin = () => writer.createMultipartUpload({ Bucket: bucket, Key: key });
  const { UploadId } = await inTurn(connection, call, begin);
  if (UploadId === undefined) throw new Error('the store began a multipart upload without an id');
  return UploadId;
}

/** Creates an upload that begins with its first part. */
export function createMultipartUpload(connection: S3Connection, options: MultipartOptions): MultipartUpload {
  const { client, writer, bucket } = connection;
  const { key, accountId, pool } = options;
  const stopped = new AbortController();
  const signal = AbortSignal.any([options.signal, stopped.signal]);
  const object = { Bucket: bucket, Key: key };
  const parts: CompletedPart[] = [];
  const inFlight = new Set<Promise<void>>();
  let uploadId: string | null = null;
  let sizeBytes = 0;
  let failure: { readonly thrown: unknown } | null = null;

  const throwIfFailed = (): void => {
    if (failure !== null) throw failure.thrown;
    signal.throwIfAborted();
  };

  const send = async (part: Buffer, upload: { id: string; number: number; leave: () => void }): Promise<void> => {
    try {
      const body = { Body: part, ContentLength: part.byteLength, PartNumber: upload.number, UploadId: upload.id };
      const ETag = requireETag(await writer.uploadPart({ ...object, ...body }, { abortSignal: signal }));
      parts.push({ PartNumber: upload.number, ETag });
      // Only now: a retry reads the buffer again, and a request that failed may still be reading it.
      pool.release(part);
    } catch (thrown) {
      pool.drop();
      failure ??= { thrown };
      stopped.abort();
    } finally {
      upload.leave();
    }
  };

  const open = async () => {
    throwIfFailed();
    uploadId ??= await beginMultipart(connection, { key, accountId, signal });
    return { id: uploadId, leave: await pool.enter(signal) };
  };

  let nextNumber = 1;
  return {
    async put(part) {
      const { id, leave } = await open().catch((thrown: unknown) => {
        pool.drop();
        throwIfFailed();
        throw thrown;
      });
      sizeBytes += part.byteLength;
      const sending = send(part, { id, number: nextNumber++, leave });
      inFlight.add(sending);
      void sending.then(() => inFlight.delete(sending));
      if (inFlight.size >= MAX_PARTS_IN_FLIGHT) await Promise.race(inFlight);
      throwIfFailed();
    },
    async settle() {
      await Promise.all(inFlight);
      throwIfFailed();
    },
    async complete(completeSignal) {
      const inOrder = parts.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
      const upload = { UploadId: uploadId ?? '', MultipartUpload: { Parts: inOrder } };
      let refusal: unknown = null;
      try {
        const { ETag } = await writer.completeMultipartUpload(
          { ...object, ...upload },
          { abortSignal: completeSignal },
        );
        if (ETag === undefined) refusal = new Error('the completion was answered without an ETag');
      } catch (thrown) {
        if (errorName(thrown) !== 'NoSuchUpload') throw thrown;
        refusal = thrown;
      }
      // A repeat whose first answer was lost finds no upload, or is answered by Ceph without an ETag. What then counts is
      // the object, which under a fresh key is ours.
      if (refusal !== null) {
        const abortSignal = AbortSignal.any([completeSignal, AbortSignal.timeout(CLEANUP_TIMEOUT_MS)]);
        const found = await writer.headObject(object, { abortSignal }).catch(() => null);
        if (found?.ETag === undefined || found.ContentLength !== sizeBytes) throw refusal;
      }
      uploadId = null;
    },
    async abort() {
      stopped.abort();
      // A part that arrives after the abort would stay in the store, unseen and paid for.
      await Promise.all(inFlight);
      const abortSignal = AbortSignal.timeout(CLEANUP_TIMEOUT_MS);
      for (let attempt = 1; uploadId !== null && attempt <= ABORT_ATTEMPTS; attempt += 1) {
        try {
          await client.abortMultipartUpload({ ...object, UploadId: uploadId }, { abortSignal });
          uploadId = null;
        } catch (thrown) {
          const status = answeredStatus(thrown);
          // Gone already, or a refusal that a repeat would meet again. The SDK has repeated what may pass.
          if (abortSignal.aborted || (status !== null && status < 500 && status !== 409)) uploadId = null;
        }
      }
    },
  };
}
