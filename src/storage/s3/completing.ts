// Makes objects of uploads that have all their bytes, and frees what uploads hold.
import type { Buffer } from 'node:buffer';
import type { CompletedPart } from '@aws-sdk/client-s3';
import type { CallOptions } from '../../domain/flow/stream.ts';
import type { StoreCall, UploadedBytes } from '../../domain/uploads/upload-store.ts';
import { errorName, inTurn, requireETag, type S3Connection } from './client.ts';
import { listObjects, listParts, listUploads, toCompleted } from './listing.ts';
import type { Parts } from './parts.ts';
import { isInS3 } from './reading.ts';
import { readTails, removeTails } from './tails.ts';
import { tailBytesOf, tailsPrefix, toUploadState, type UploadState } from './upload-state.ts';

type Options = StoreCall & { readonly connection: S3Connection; readonly parts: Parts };

/** See `UploadStore.commit`. Whoever does it does the same, since all that goes into it is remembered. */
export async function commitInS3(uploaded: UploadedBytes, options: Options): Promise<{ isAsAppended: boolean }> {
  const { connection, signal } = options;
  const state = toUploadState(uploaded.kept);
  const isAsAppended = state.isObject || (await makeObject(uploaded, state, options));
  await removeTails([...state.tails.map(({ key }) => key), ...state.stale], { connection, signal });
  return { isAsAppended };
}

async function makeObject(uploaded: UploadedBytes, state: UploadState, options: Options): Promise<boolean> {
  const { connection, accountId, signal } = options;
  const { key, offsetBytes: sizeBytes } = uploaded;
  const pieces: CompletedPart[] = state.etags.map((ETag, index) => ({ PartNumber: index + 1, ETag }));
  const { uploadId } = state;
  if (state.tails.length > 0 || uploadId === null) {
    // A repeat whose first answer was lost may find the tails gone, and the object there.
    if (await isInS3(connection, { key, accountId, sizeBytes, signal })) return true;
    const last = await sendTails(uploaded, state, options);
    if (last === null || uploadId === null) return true;
    pieces.push(last);
  }
  const completion = { connection, accountId, signal, key, uploadId, sizeBytes };
  try {
    await completeParts(pieces, completion);
    return true;
  } catch (thrown) {
    if (errorName(thrown) !== 'InvalidPart') throw thrown;
    // A gateway that was given up for dead has sent a part late, in the place of one of ours.
    const present = await Array.fromAsync(listParts(connection, completion));
    if (present.reduce((sum, part) => sum + part.sizeBytes, 0) !== sizeBytes) throw thrown;
    await completeParts(present.map(toCompleted), completion);
    return false;
  }
}

/** As the last part or, without a multipart upload, as the whole object: then null. */
async function sendTails({ key }: UploadedBytes, state: UploadState, options: Options): Promise<CompletedPart | null> {
  const { connection, parts, signal } = options;
  await parts.reserve(signal);
  const buffer = parts.takeBuffer();
  try {
    const body = buffer.subarray(0, tailBytesOf(state));
    await readTails(state.tails, body, { connection, signal });
    const put = { Bucket: connection.bucket, Key: key, Body: body, ContentLength: body.byteLength };
    const sent = await sendLast({ put, state }, options);
    parts.release(buffer);
    return sent;
  } catch (thrown) {
    // A request that failed may still be reading the buffer.
    parts.drop();
    throw thrown;
  }
}

type LastPart = {
  readonly put: {
    readonly Bucket: string;
    readonly Key: string;
    readonly Body: Buffer;
    readonly ContentLength: number;
  };
  readonly state: UploadState;
};

async function sendLast({ put, state }: LastPart, options: Options): Promise<CompletedPart | null> {
  const { connection, parts, signal } = options;
  const { writer } = connection;
  const { uploadId, etags } = state;
  if (uploadId === null) {
    requireETag(await inTurn(connection, options, () => writer.putObject(put, { abortSignal: signal })));
    return null;
  }
  const PartNumber = etags.length + 1;
  const leave = await parts.enter(signal);
  const sending = writer.uploadPart({ ...put, PartNumber, UploadId: uploadId }, { abortSignal: signal });
  const sent = await sending.finally(leave);
  return { PartNumber, ETag: requireETag(sent) };
}

export type Completion = StoreCall & {
  readonly connection: S3Connection;
  readonly key: string;
  readonly uploadId: string;
  readonly sizeBytes: number;
};

/** Completes a multipart upload, or finds that it has been. */
export async function completeParts(parts: readonly CompletedPart[], completion: Completion): Promise<void> {
  const { connection, key, uploadId, signal } = completion;
  const { writer, bucket } = connection;
  let refusal: unknown;
  try {
    const target = { Bucket: bucket, Key: key, UploadId: uploadId, MultipartUpload: { Parts: [...parts] } };
    const complete = () => writer.completeMultipartUpload(target, { abortSignal: signal });
    const { ETag } = await inTurn(connection, completion, complete);
    if (ETag !== undefined && ETag !== '') return;
    refusal = new Error('the completion was answered without an ETag');
  } catch (thrown) {
    if (errorName(thrown) !== 'NoSuchUpload') throw thrown;
    refusal = thrown;
  }
  // It was completed before, by a repeat or by another process; what then counts is the object.
  if (!(await isInS3(connection, completion))) throw refusal;
}

/** See `UploadStore.discard`. */
export async function discardInS3(
  { key, kept }: Pick<UploadedBytes, 'key' | 'kept'>,
  { connection, signal }: CallOptions & Pick<Options, 'connection'>,
): Promise<void> {
  const { client, bucket } = connection;
  const { uploadId } = toUploadState(kept);
  const known = uploadId === null ? [] : [{ key, uploadId }];
  // Those that nobody remembers, of requests that were killed, have the same key.
  for await (const upload of [...known, ...(await Array.fromAsync(listUploads(connection, { prefix: key, signal })))]) {
    const target = { Bucket: bucket, Key: upload.key, UploadId: upload.uploadId };
    await client.abortMultipartUpload(target, { abortSignal: signal }).catch((thrown: unknown) => {
      if (errorName(thrown) !== 'NoSuchUpload') throw thrown;
    });
  }
  for await (const tail of listObjects(connection, { prefix: tailsPrefix({ key }), signal })) {
    await client.deleteObject({ Bucket: bucket, Key: tail.key }, { abortSignal: signal });
  }
  await client.deleteObject({ Bucket: bucket, Key: key }, { abortSignal: signal });
}
