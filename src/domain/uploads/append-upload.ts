// Appends bytes to an upload. What arrives before a client is gone is kept; the request with the last byte finishes it.
import type { Hash } from 'node:crypto';
import { requireScope } from '../caller/principal.ts';
import { GatewayError, invalidInput } from '../errors.ts';
import type { ByteStream } from '../flow/stream.ts';
import { requireRoom } from '../usage/usage.ts';
import { toUploadRef } from './call.ts';
import { createPieceCheck, type PieceChecksum } from './checksum.ts';
import { type FinishCall, type Finished, finishUpload, toUnfinished } from './finish-upload.ts';
import type { HeldUpload } from './holds.ts';
import { failUpload } from './settle-content.ts';
import { hasAllBytes, toRefusal, toUploadedBytes, type Upload } from './upload.ts';
import { requireUploadSize } from './upload-size.ts';
import type { AppendOutcome, UploadedBytes } from './upload-store.ts';

export type AppendInput = {
  readonly id: string;
  /** Where the sender says that the bytes begin. */
  readonly offsetBytes: number;
  /** The piece; nothing of it is read before the upload is known to take it. */
  readonly bytes: ByteStream;
  /** How long the piece is said to be; null when it is not said. */
  readonly announcedBytes: number | null;
  /** How long the sender says the whole content is; null when it does not. */
  readonly sizeBytes: number | null;
  /** Whether the content ends with this piece. */
  readonly isLast: boolean;
  readonly checksum: PieceChecksum | null;
  /** Told now and then up to where the bytes are safe. */
  readonly onOffset: ((offsetBytes: number) => void) | null;
};

/**
 * Takes in one piece, and finishes the upload when it was the last.
 * @throws GatewayError `forbidden`, `not_found`, `offset_mismatch`, `upload_busy`, `invalid_input`, `content_too_large`,
 *   `quota_exceeded` (what had arrived counts), `checksum_mismatch` (nothing of the piece counts), what `bytes` throws (what had arrived counts), and what its content
 *   or its create are refused with
 */
export async function appendUpload(input: AppendInput, call: FinishCall): Promise<Finished> {
  requireScope(call.principal, 'resources:write');
  const held = await call.uploads.holds.take(toUploadRef(input.id, call), call);
  try {
    const sizeBytes = requireAppendable(held.upload(), input, call);
    if (hasAllBytes(held.upload())) await requireNothing(input.bytes, held.upload());
    else await takeIn(held, { ...input, sizeBytes }, call);
  } catch (thrown) {
    await held.release();
    throw thrown;
  }
  return hasAllBytes(held.upload()) ? await finishUpload(held, call) : toUnfinished(held.upload());
}

/** A repeat of the last piece, whose answer was lost, has no bytes. */
async function requireNothing(bytes: ByteStream, { sizeBytes }: Upload): Promise<void> {
  for await (const piece of bytes) {
    if (piece.byteLength > 0) throw otherLength(sizeBytes ?? 0, (sizeBytes ?? 0) + piece.byteLength);
  }
}

/** @returns the size of the whole content as far as it is known now */
function requireAppendable(upload: Upload, input: AppendInput, call: FinishCall): number | null {
  if (upload.method !== 'resumable') {
    throw invalidInput('the upload', 'is a direct one; send its parts to the addresses that are signed for them');
  }
  if (upload.state === 'failed' && upload.error !== null) throw toRefusal(upload.error);
  const { offsetBytes: expected } = upload;
  if (input.offsetBytes !== expected) {
    throw new GatewayError('offset_mismatch', { expected, provided: input.offsetBytes });
  }
  const said = input.isLast && input.announcedBytes !== null ? expected + input.announcedBytes : null;
  let sizeBytes = upload.sizeBytes;
  for (const length of [input.sizeBytes, said]) {
    if (length === null) continue;
    if (sizeBytes !== null && length !== sizeBytes) throw otherLength(sizeBytes, length);
    if (length < expected) throw otherLength(expected, length);
    sizeBytes = length;
  }
  if (sizeBytes !== null) requireUploadSize(sizeBytes, call);
  const end = expected + (input.announcedBytes ?? 0);
  if (sizeBytes !== null && end > sizeBytes) throw otherLength(sizeBytes, end);
  return sizeBytes;
}

async function takeIn(held: HeldUpload, input: AppendInput, call: FinishCall): Promise<void> {
  const upload = held.upload();
  const { hashes, holds } = call.uploads;
  const room = await reserve(held, input, call);
  const hash = hashes.take(upload.id, upload.offsetBytes);
  const before = input.checksum === null ? null : (hash?.copy() ?? null);
  const counted = countPiece(input, { upload, hash, room, call });
  const { uploaded, failure } = await call.blobs.uploads.append(counted.bytes, {
    accountId: upload.accountId,
    from: toUploadedBytes(upload),
    sizeBytes: input.sizeBytes,
    isTakeover: held.isTakeover,
    isWhole: input.checksum !== null,
    signal: AbortSignal.any([held.lost, holds.closing]),
    stop: AbortSignal.any([held.wanted, call.signal]),
    async onDurable(durable) {
      await held.save(toChange(upload, durable, input.sizeBytes));
      input.onOffset?.(durable.offsetBytes);
    },
  });
  const known = { offsetBytes: upload.offsetBytes + counted.takenBytes(), hash };
  keepHash(upload.id, { uploaded, hashes, known, before: { offsetBytes: upload.offsetBytes, hash: before } });
  const sizeBytes = failure === null && input.isLast ? uploaded.offsetBytes : input.sizeBytes;
  // Kept for what is still to be done at once: to finish it, or to let it fail.
  const release = failure === null ? uploaded.offsetBytes !== sizeBytes : !(failure.thrown instanceof TooMuch);
  await held.save(toChange(upload, uploaded, sizeBytes), { release });
  await endFailed(held, failure, call);
}

/** What is remembered besides: where its bytes lie may be known only when the last of them is there. */
function toChange({ location }: Upload, { key, kept, offsetBytes }: UploadedBytes, sizeBytes: number | null) {
  return { location: { ...location, key }, kept, offsetBytes, sizeBytes };
}

type Known = { readonly offsetBytes: number; readonly hash: Hash | null };

/** The hash is worth something only when it is of exactly the bytes that count. */
function keepHash(
  id: string,
  {
    uploaded,
    hashes,
    known,
    before,
  }: { uploaded: UploadedBytes; known: Known; before: Known } & Pick<FinishCall['uploads'], 'hashes'>,
): void {
  const live = [known, before].find(({ offsetBytes, hash }) => hash !== null && offsetBytes === uploaded.offsetBytes);
  // A copy: a read that was given up may still bring a piece, which the counting would add to this one.
  if (live?.hash) hashes.keep(id, { offsetBytes: live.offsetBytes, hash: live.hash.copy() });
}

async function endFailed(held: HeldUpload, failure: AppendOutcome['failure'], call: FinishCall): Promise<void> {
  if (failure === null) return;
  if (failure.thrown instanceof TooMuch) {
    await failUpload(held, failure.thrown.refusal, call);
    throw failure.thrown.refusal;
  }
  throw failure.thrown;
}

/** More arrived than may: the upload can come to nothing. */
class TooMuch extends Error {
  readonly refusal: GatewayError;
  constructor(refusal: GatewayError) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

type Counting = {
  readonly upload: Upload;
  readonly hash: Hash | null;
  readonly room: ReservedRoom;
  readonly call: FinishCall;
};

/** Where nobody says how much is coming, room is kept for so much at a time. */
const RESERVED_BLOCK_BYTES = 16 * 1024 * 1024;

/** Makes sure of the room for bytes up to an offset before they are taken in. @throws GatewayError `quota_exceeded` */
type ReservedRoom = { extend(offsetBytes: number): Promise<void> | null };

/** Keeps room for what is announced. The size of an upload that has one is reserved since it was said. */
async function reserve(held: HeldUpload, input: AppendInput, call: FinishCall): Promise<ReservedRoom> {
  if (held.upload().sizeBytes !== null) return { extend: () => null };
  let reservedBytes = held.upload().offsetBytes;
  const keep = async (bytes: number): Promise<void> => {
    if (!(await held.reserve(bytes))) {
      const { accountId, offsetBytes } = held.upload();
      await requireRoom({ bytes: bytes - offsetBytes, resources: 0 }, { ...call, accountId });
      // There was none a moment ago, or the upload is another's.
      throw new GatewayError('upload_busy', { retryAfterSeconds: 1 });
    }
    reservedBytes = bytes;
  };
  const known = input.sizeBytes ?? (input.announcedBytes === null ? null : input.offsetBytes + input.announcedBytes);
  if (known !== null) await keep(known);
  return {
    extend(offsetBytes) {
      if (offsetBytes <= reservedBytes) return null;
      return keep(offsetBytes + RESERVED_BLOCK_BYTES).catch((thrown) => {
        if (!(thrown instanceof GatewayError) || thrown.code !== 'quota_exceeded') throw thrown;
        return keep(offsetBytes);
      });
    },
  };
}

/** The piece, hashed and counted: a length is enforced by what arrives, not by what is announced. */
function countPiece(input: AppendInput, { upload, hash, room, call }: Counting) {
  const check = input.checksum === null ? null : createPieceCheck(input.checksum);
  const { maxContentBytes } = call.limits;
  let takenBytes = 0;
  async function* count(): ByteStream {
    for await (const piece of input.bytes) {
      const offsetBytes = upload.offsetBytes + takenBytes + piece.byteLength;
      if (input.sizeBytes !== null && offsetBytes > input.sizeBytes) {
        throw new TooMuch(otherLength(input.sizeBytes, offsetBytes));
      }
      if (offsetBytes > maxContentBytes) {
        throw new TooMuch(new GatewayError('content_too_large', { maxBytes: maxContentBytes }));
      }
      const extending = room.extend(offsetBytes);
      if (extending !== null) await extending;
      takenBytes += piece.byteLength;
      hash?.update(piece);
      check?.update(piece);
      yield piece;
    }
    check?.verify();
  }
  return { bytes: count(), takenBytes: () => takenBytes };
}

function otherLength(known: number, said: number): GatewayError<'length_mismatch'> {
  return new GatewayError('length_mismatch', { known, said });
}
