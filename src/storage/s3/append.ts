// Appends a stream to an upload in a bucket: full parts leave by themselves, what is left at the end becomes the tail, or
// the last part of a content that is whole.
import { Buffer } from 'node:buffer';
import { createStorageKey } from '../../domain/fields/ids.ts';
import type { ByteStream } from '../../domain/flow/stream.ts';
import type { AppendOptions, AppendOutcome, UploadedBytes } from '../../domain/uploads/upload-store.ts';
import { drain } from '../drain.ts';
import { createGatherer } from '../gatherer.ts';
import { attempt } from '../store-failure.ts';
import { inTurn, requireETag, type S3Connection } from './client.ts';
import { createPartSending } from './part-sending.ts';
import { PART_BYTES, type Parts, SMALL_BYTES } from './parts.ts';
import { addTail, putTail, readTails, removeTails } from './tails.ts';
import { tailBytesOf, toKept, toUploadState, type UploadState } from './upload-state.ts';

export type S3AppendOptions = AppendOptions & { readonly connection: S3Connection; readonly parts: Parts };

/** How much a crash makes a client send again, at most: these parts, or a fraction of a large content. */
const TOLD_PARTS = 3;
const TOLD_FRACTION = 64;

/** See `UploadStore.append`. */
export async function appendInS3(bytes: ByteStream, options: S3AppendOptions): Promise<AppendOutcome> {
  const appending = createAppending(options);
  let failure: AppendOutcome['failure'] = null;
  try {
    await drain(bytes, { signal: options.stop, sink: appending.take });
  } catch (thrown) {
    failure = { thrown };
  }
  return await appending.end(failure);
}

function createAppending(options: S3AppendOptions) {
  const { from, connection, accountId, parts, signal, isWhole } = options;
  const before = toUploadState(from.kept);
  const sentence = `the bytes of the upload ${from.key} could not be sent`;
  const waiting = AbortSignal.any([signal, options.stop]);
  const cleaning = removeTails(before.stale, { connection, signal });
  const sending = createPartSending({
    connection,
    accountId,
    parts,
    key: from.key,
    signal,
    uploadId: before.uploadId,
    firstNumber: before.etags.length + 1,
  });
  const small = createGatherer({ maxBytes: SMALL_BYTES, takeBuffer: () => Buffer.allocUnsafeSlow(SMALL_BYTES) });
  /** The part that is being filled, and up to where; it begins with the tail when that was not in a part before. */
  let part: Buffer | null = null;
  let used = 0;
  let hasTail = before.tails.length > 0;
  let takenBytes = 0;
  let sentParts = 0;
  let toldParts = 0;
  let telling: Promise<void> = Promise.resolve();
  let isBroken = false;

  /** What is remembered once the parts that have arrived are. */
  const toState = (arrived: readonly string[]): { readonly state: UploadState; readonly offsetBytes: number } => {
    const place = { uploadId: sending.uploadId(), stale: [] };
    if (arrived.length === 0) return { state: { ...before, ...place }, offsetBytes: from.offsetBytes };
    const etags = [...before.etags, ...arrived];
    const stale = before.tails.map(({ key }) => key);
    return { state: { ...before, ...place, etags, tails: [], stale }, offsetBytes: etags.length * PART_BYTES };
  };
  const toUploaded = ({ state, offsetBytes }: ReturnType<typeof toState>, key = from.key): UploadedBytes => ({
    key,
    kept: state.uploadId === null && state.tails.length === 0 && !state.isObject ? from.kept : toKept(state),
    offsetBytes,
  });
  /** Waits only for what was told before: the caller remembers while more arrives. */
  const tell = async (): Promise<void> => {
    await telling;
    toldParts = sentParts;
    telling = options.onDurable(toUploaded(toState(sending.arrived())));
    telling.catch(() => undefined);
  };
  const openPart = async (): Promise<Buffer> => {
    await parts.reserve(waiting);
    const opened = parts.takeBuffer();
    used = 0;
    if (hasTail) {
      await readTails(before.tails, opened, { connection, signal }).catch((thrown: unknown) => {
        parts.release(opened);
        throw thrown;
      });
      used = tailBytesOf(before);
      hasTail = false;
    }
    part = opened;
    return opened;
  };
  const sendPart = async (full: Buffer): Promise<void> => {
    part = null;
    await sending.send(full);
    sentParts += 1;
    const due = Math.max(TOLD_PARTS, (before.etags.length + sentParts) / TOLD_FRACTION);
    if (!isWhole && sentParts - toldParts >= due) await tell();
  };
  const fill = async (piece: Uint8Array): Promise<void> => {
    for (let at = 0; at < piece.byteLength; ) {
      const filling: Buffer = part ?? (await openPart());
      const length = Math.min(piece.byteLength - at, PART_BYTES - used);
      filling.set(piece.subarray(at, at + length), used);
      used += length;
      at += length;
      if (used === PART_BYTES) await sendPart(filling);
    }
  };
  const fillParts = async (piece: Uint8Array): Promise<void> => {
    try {
      await attempt(fill(small.take()), { signal, sentence });
      await attempt(fill(piece), { signal, sentence });
    } catch (thrown) {
      isBroken = true;
      throw thrown;
    }
  };

  /** Puts what is left where the next request, or the completion, finds it. */
  const keepRest = async (isLast: boolean): Promise<UploadedBytes> => {
    if (takenBytes === 0) return toUploaded(toState([]));
    if (isLast && sending.uploadId() === null) return await putWhole();
    if (isLast) {
      await fill(small.take());
      if (part === null && hasTail) await openPart();
      if (part !== null) await sending.send((part as Buffer).subarray(0, used));
      part = null;
      await settle();
      return { ...toUploaded(toState(sending.arrived())), offsetBytes: from.offsetBytes + takenBytes };
    }
    await settle();
    const { state, offsetBytes } = toState(sending.arrived());
    const target = { connection, accountId, signal, key: from.key };
    if (part !== null) {
      const rest = (part as Buffer).subarray(0, used);
      const tail = await putTail(rest, target);
      parts.release(rest);
      part = null;
      const stale = before.tails.map(({ key }) => key);
      return toUploaded({ state: { ...state, tails: [tail], stale }, offsetBytes: from.offsetBytes + takenBytes });
    }
    const rest = small.take();
    if (rest.byteLength === 0) return toUploaded({ state, offsetBytes });
    const { tails, replaced } = await addTail(state.tails, rest, target);
    const stale = [...state.stale, ...replaced];
    return toUploaded({ state: { ...state, tails, stale }, offsetBytes: from.offsetBytes + takenBytes });
  };
  /** A content that fits in one part becomes an object at once, under a fresh key: nobody else may write there. */
  const putWhole = async (): Promise<UploadedBytes> => {
    if (hasTail) await fill(small.take());
    if (hasTail) await openPart();
    const body = part === null ? small.take() : (part as Buffer).subarray(0, used);
    const key = createStorageKey();
    const put = { Bucket: connection.bucket, Key: key, Body: body, ContentLength: body.byteLength };
    requireETag(await inTurn(connection, options, () => connection.writer.putObject(put, { abortSignal: signal })));
    if (part !== null) parts.release(body);
    part = null;
    const stale = before.tails.map((tail) => tail.key);
    const state = { ...before, tails: [], stale, isObject: true };
    return toUploaded({ state, offsetBytes: from.offsetBytes + takenBytes }, key);
  };
  const settle = async (): Promise<void> => {
    await sending.settle();
    const failed = sending.failure();
    if (failed !== null) throw failed.thrown;
  };

  return {
    take(piece: Uint8Array): Promise<void> | undefined {
      takenBytes += piece.byteLength;
      const gatheredBytes = small.gatheredBytes() + piece.byteLength;
      const isPart = hasTail && tailBytesOf(before) + gatheredBytes >= PART_BYTES;
      if (part !== null || isPart || gatheredBytes > SMALL_BYTES) return fillParts(piece);
      small.fill(piece, 0);
      return undefined;
    },
    async end(failure: AppendOutcome['failure']): Promise<AppendOutcome> {
      let why = failure;
      try {
        signal.throwIfAborted();
        await telling;
        const isLast = why === null && from.offsetBytes + takenBytes === options.sizeBytes;
        if (!isBroken && (why === null || !isWhole)) {
          return { uploaded: await attempt(keepRest(isLast), { signal, sentence }), failure: why };
        }
      } catch (thrown) {
        why ??= { thrown };
      } finally {
        await sending.settle();
        // Perhaps the body of a request that failed and may still be read.
        if (part !== null) parts.drop();
        await cleaning;
      }
      if (!isWhole) return { uploaded: toUploaded(toState(sending.arrived())), failure: why };
      // Parts that are left over are sent again under their numbers, unless the content ends before them.
      if (before.uploadId === null) await sending.abort();
      return { uploaded: from, failure: why };
    },
  };
}
