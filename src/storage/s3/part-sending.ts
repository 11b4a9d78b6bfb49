// Sends the parts of an upload, two at a time, and knows up to which of them all have arrived.
import type { Buffer } from 'node:buffer';
import type { StoreCall } from '../../domain/uploads/upload-store.ts';
import { requireETag, type S3Connection } from './client.ts';
import { beginMultipart, CLEANUP_TIMEOUT_MS } from './multipart.ts';
import type { Parts } from './parts.ts';

const MAX_PARTS_IN_FLIGHT = 2;

export type PartSendingOptions = StoreCall & {
  readonly connection: S3Connection;
  readonly parts: Parts;
  readonly key: string;
  /** Null: a multipart upload is begun with the first part. */
  readonly uploadId: string | null;
  readonly firstNumber: number;
};

export type PartSending = {
  /**
   * Sends a part that was reserved, which it owns from now on; resolves when the next may be handed in.
   * @throws what an earlier part failed with
   */
  send(part: Buffer): Promise<void>;
  /** Resolves when nothing is on its way any more. Never rejects. */
  settle(): Promise<void>;
  /** Frees what has been sent, when nothing is on its way any more; what cannot be freed is the sweep's. Never rejects. */
  abort(): Promise<void>;
  /** The ETags of the parts that have arrived, up to the first that has not. */
  arrived(): readonly string[];
  uploadId(): string | null;
  failure(): { readonly thrown: unknown } | null;
};

/** Creates it; nothing is sent before the first part. */
export function createPartSending(options: PartSendingOptions): PartSending {
  const { connection, parts, key, signal } = options;
  const { client, writer, bucket } = connection;
  const object = { Bucket: bucket, Key: key };
  const sent: { readonly number: number; etag: string | null }[] = [];
  const inFlight = new Set<Promise<void>>();
  let { uploadId } = options;
  let number = options.firstNumber - 1;
  let failure: { readonly thrown: unknown } | null = null;

  const transfer = async (part: Buffer, slot: (typeof sent)[number], leave: () => void): Promise<void> => {
    try {
      const body = { Body: part, ContentLength: part.byteLength };
      const target = { ...object, PartNumber: slot.number, UploadId: uploadId ?? '' };
      slot.etag = requireETag(await writer.uploadPart({ ...target, ...body }, { abortSignal: signal }));
      parts.release(part);
    } catch (thrown) {
      // A request that failed may still be reading the buffer.
      parts.drop();
      failure ??= { thrown };
    } finally {
      leave();
    }
  };

  return {
    async send(part) {
      let leave: () => void;
      try {
        if (failure !== null) throw failure.thrown;
        uploadId ??= await beginMultipart(connection, options);
        leave = await parts.enter(signal);
      } catch (thrown) {
        parts.drop();
        failure ??= { thrown };
        throw thrown;
      }
      number += 1;
      const slot = { number, etag: null };
      sent.push(slot);
      const transferring = transfer(part, slot, leave);
      inFlight.add(transferring);
      void transferring.then(() => inFlight.delete(transferring));
      if (inFlight.size >= MAX_PARTS_IN_FLIGHT) await Promise.race(inFlight);
      if (failure !== null) throw (failure as { readonly thrown: unknown }).thrown;
    },
    async settle() {
      await Promise.all(inFlight);
    },
    async abort() {
      if (uploadId === null) return;
      const abortSignal = AbortSignal.timeout(CLEANUP_TIMEOUT_MS);
      await client.abortMultipartUpload({ ...object, UploadId: uploadId }, { abortSignal }).catch(() => undefined);
    },
    arrived() {
      const missing = sent.findIndex(({ etag }) => etag === null);
      return (missing === -1 ? sent : sent.slice(0, missing)).map(({ etag }) => etag ?? '');
    },
    uploadId: () => uploadId,
    failure: () => failure,
  };
}
