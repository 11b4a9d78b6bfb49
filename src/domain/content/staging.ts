// Content on its way in: counted, hashed and kept out of sight. Never held whole, and refused as soon as it is too large.

import { createHash, type Hash, hash } from 'node:crypto';
import { GatewayError } from '../errors.ts';
import { createStorageKey } from '../fields/ids.ts';
import type { ByteStream, CallOptions } from '../flow/stream.ts';
import type { BlobLocation, BlobStore, StagedBlob } from './blob-store.ts';

/** Content that has arrived whole and belongs to no record yet. Whoever staged it disposes it; kept content survives that. */
export type StagedContent = AsyncDisposable & {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly declaredMimeType: string | null;
  /** The first bytes, enough to tell a type from. */
  readonly head: Uint8Array;
  /** The bytes themselves when they are few enough to live in the database, else null. */
  readonly inline: Uint8Array | null;
  /** The upload that it was taken from, and that the record is to take it from; null when it came with the request. */
  readonly uploadId: string | null;
  /**
   * Makes the bytes durable, once for all creates that use them, each of which gets a hold of its own. Only without
   * `inline`, and not after the disposal, which removes the bytes when every hold was given back.
   */
  store(options: CallOptions): Promise<HeldContent>;
};

/** One create's hold on bytes that were stored. Kept for ever by whoever has made, or may have made, a record of them. */
export type HeldContent = {
  readonly location: BlobLocation;
  /** Whether a record has taken them before, so that they may have been deleted and swept since. */
  wasTaken(): boolean;
  /** A record refers to them. */
  take(): void;
  /** It is certain that no record of this create refers to them. */
  giveBack(): void;
};

/** Content that was staged while a request's body was read, by the string that stands for it in the parsed body. */
export type StreamedContent = ReadonlyMap<string, StagedContent>;

export type StagingLimits = {
  readonly maxContentBytes: number;
  /** Contents up to this size stay in memory, to be kept in the database; 0: none does, not even an empty one. */
  readonly inlineMaxBytes: number;
};

export type StagingOptions = CallOptions &
  StagingLimits & {
    readonly blobs: BlobStore;
    /** Whose content it is. */
    readonly accountId: string;
    readonly declaredMimeType: string | null;
  };

export type StreamStagingOptions = StagingOptions & {
  /**
   * Asked before content goes into the store: how many bytes the account has room for; null: as many as it likes.
   * @throws GatewayError `quota_exceeded` when that is none
   */
  readonly findRoom: () => Promise<number | null>;
};

/** As many first bytes as the detection of types looks at. */
const HEAD_BYTES = 4100;
/** How long removing what nobody took may hold up the end of a request; the sweep finds what is left even then. */
const REMOVE_TIMEOUT_MS = 5_000;
const NOTHING = new Uint8Array(0);

type Measure = { readonly hash: Hash; sizeBytes: number; head: Uint8Array };

/**
 * Takes content in a piece at a time.
 * @throws GatewayError `content_too_large`, `quota_exceeded` as soon as it is known, and what `bytes` throws; nothing is left
 *   then
 */
export async function stageStream(bytes: ByteStream, options: StreamStagingOptions): Promise<StagedContent> {
  const pieces = bytes[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let gatheredBytes = 0;
  try {
    while (gatheredBytes <= options.inlineMaxBytes) {
      const next = await pieces.next();
      if (next.done === true) return await stageWhole(Buffer.concat(first, gatheredBytes), options);
      first.push(Buffer.from(next.value));
      gatheredBytes += next.value.length;
    }
    const roomBytes = await options.findRoom();
    const measure: Measure = { hash: createHash('sha256'), sizeBytes: 0, head: NOTHING };
    const blob = await stageBlob(
      measured(first, pieces, { measure, maxBytes: options.maxContentBytes, roomBytes }),
      options,
    );
    return toStagedContent(blob, {
      ...measure,
      sha256: measure.hash.digest('hex'),
      declaredMimeType: options.declaredMimeType,
    });
  } finally {
    await pieces.return?.();
  }
}

/**
 * Takes in content that is already in memory.
 * @throws GatewayError `content_too_large`
 */
export async function stageWhole(bytes: Uint8Array, options: StagingOptions): Promise<StagedContent> {
  if (bytes.length > options.maxContentBytes) throw tooLarge(options.maxContentBytes);
  const about = {
    sha256: hash('sha256', bytes, 'hex'),
    sizeBytes: bytes.length,
    head: bytes.subarray(0, HEAD_BYTES),
    declaredMimeType: options.declaredMimeType,
  };
  if (options.inlineMaxBytes > 0 && bytes.length <= options.inlineMaxBytes) {
    const store = () => Promise.reject(new Error('inline content has no place in the blob store'));
    return { ...about, inline: bytes, uploadId: null, store, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  return toStagedContent(await stageBlob(once(bytes), options), about);
}

type Placed = { readonly blob: StagedBlob; readonly location: BlobLocation; readonly blobs: BlobStore };

async function stageBlob(bytes: ByteStream, { blobs, accountId, signal }: StagingOptions): Promise<Placed> {
  const key = createStorageKey();
  return { blob: await blobs.stage(bytes, { key, accountId, signal }), location: { bucket: blobs.bucket, key }, blobs };
}

function toStagedContent(
  { blob, location, blobs }: Placed,
  about: Pick<StagedContent, 'sha256' | 'sizeBytes' | 'head' | 'declaredMimeType'>,
): StagedContent {
  let commit: Promise<void> | null = null;
  let isStored = false;
  let isDisposed = false;
  let isTaken = false;
  // Counted before the bytes are stored, so that no disposal can fall between them and the create that waits for them.
  let holds = 0;
  const createHold = (): HeldContent => {
    let isHeld = true;
    return {
      location,
      wasTaken: () => isTaken,
      take() {
        isTaken = true;
      },
      giveBack() {
        if (isHeld) holds -= 1;
        isHeld = false;
      },
    };
  };
  const { sha256, sizeBytes, head, declaredMimeType } = about;
  return {
    sha256,
    sizeBytes,
    head,
    declaredMimeType,
    inline: null,
    uploadId: null,
    async store(options) {
      if (isDisposed) throw new Error('this content was disposed before');
      holds += 1;
      commit ??= blob.commit(options).then(() => {
        isStored = true;
      });
      await commit;
      return createHold();
    },
    async [Symbol.asyncDispose]() {
      if (isDisposed) return;
      isDisposed = true;
      await blob.discard();
      if (!isStored || holds > 0) return;
      const signal = AbortSignal.timeout(REMOVE_TIMEOUT_MS);
      await blobs.delete(location.key, { signal }).catch(() => {});
    },
  };
}

async function* once(bytes: Uint8Array): ByteStream {
  yield bytes;
}

async function* measured(
  first: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  { measure, maxBytes, roomBytes }: { measure: Measure; maxBytes: number; roomBytes: number | null },
): ByteStream {
  const heads: Uint8Array[] = [];
  const take = (piece: Uint8Array) => {
    if (measure.sizeBytes < HEAD_BYTES) heads.push(Buffer.from(piece.subarray(0, HEAD_BYTES - measure.sizeBytes)));
    measure.sizeBytes += piece.length;
    if (measure.sizeBytes > maxBytes) throw tooLarge(maxBytes);
    if (roomBytes !== null && measure.sizeBytes > roomBytes) throw noRoom(roomBytes, measure.sizeBytes);
    measure.hash.update(piece);
    return piece;
  };
  for (const piece of first) yield take(piece);
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield take(next.value);
  measure.head = Buffer.concat(heads);
}

/** `needed`: as far as it is known. */
function noRoom(left: number, needed: number): GatewayError<'quota_exceeded'> {
  return new GatewayError('quota_exceeded', { what: 'bytes', left, needed });
}

function tooLarge(maxBytes: number): GatewayError<'content_too_large'> {
  return new GatewayError('content_too_large', { maxBytes });
}
