// Writes a stream into an open file from a given position on: one piece is written while the next one fills, and now and
// then what has been written is made durable while more arrives.
import { Buffer } from 'node:buffer';
import type { BufferPool } from '../../domain/flow/buffer-pool.ts';
import type { ByteStream } from '../../domain/flow/stream.ts';
import type { AppendOptions } from '../../domain/uploads/upload-store.ts';
import { drain } from '../drain.ts';
import { createGatherer } from '../gatherer.ts';
import { attempt } from '../store-failure.ts';
import { bytesToBlock, isAligned, isBlockAligned, writeDirect } from './direct-io.ts';
import { syncFile, writeAll } from './file-calls.ts';
import { PIECE_BYTES } from './staging.ts';

/** How much a crash makes a client send again, at most: this, or a part of a large content. */
const SYNC_BYTES = 16 * 1024 * 1024;
const SYNC_FRACTION = 64;
const SENTENCE = 'the file of an upload could not be written';

export type FileAppendOptions = Pick<AppendOptions, 'signal' | 'stop' | 'isWhole'> & {
  readonly file: FileToAppend;
  readonly positionBytes: number;
  /** Aligned ones of `PIECE_BYTES` each. */
  readonly buffers: BufferPool;
  /** Told the position up to which the file is durable. */
  readonly onDurable: (positionBytes: number) => Promise<void>;
};

/** One file, opened once or twice. */
export type FileToAppend = {
  /** Writes from the position to begin at. */
  readonly descriptor: number;
  /** Writes past the page cache, from the beginning of a block on; null where that does not work. */
  readonly direct: number | null;
};

export type FileAppended = {
  /** Up to where the file is durable. */
  readonly positionBytes: number;
  readonly failure: { readonly thrown: unknown } | null;
};

/** Ends the source in any case. The file stays the caller's to close, and nothing is written to it any more. */
export async function appendToFile(bytes: ByteStream, options: FileAppendOptions): Promise<FileAppended> {
  const { buffers, signal } = options;
  const { descriptor, direct } = options.file;
  const pieces = createGatherer({ maxBytes: PIECE_BYTES, takeBuffer: buffers.take });
  // From within a block the first piece goes up to its end, so that all others can be written past the page cache.
  const headBytes = direct === null ? 0 : bytesToBlock(options.positionBytes);
  const head = createGatherer({ maxBytes: headBytes, takeBuffer: () => Buffer.allocUnsafe(headBytes) });
  let gatherer = headBytes === 0 ? pieces : head;
  const write = (piece: Buffer, atBytes: number) =>
    direct !== null && isBlockAligned(atBytes)
      ? writePiece(direct, piece, { atBytes, buffers })
      : writeAll(descriptor, piece, atBytes);
  let writtenBytes = options.positionBytes;
  let durableBytes = options.positionBytes;
  let writing: Promise<void> = Promise.resolve();
  let telling: Promise<void> = Promise.resolve();
  let askedBytes = options.positionBytes;

  const begin = async (): Promise<void> => {
    const piece = gatherer.take();
    gatherer = pieces;
    await writing;
    const atBytes = writtenBytes;
    writtenBytes += piece.byteLength;
    writing = unhandled(write(piece, atBytes).finally(() => buffers.give(piece)));
    if (!options.isWhole && writtenBytes - askedBytes >= Math.max(SYNC_BYTES, writtenBytes / SYNC_FRACTION))
      await tell();
  };
  /** Waits only for what was told before: the disk syncs, and the caller remembers, while more arrives. */
  const tell = async (): Promise<void> => {
    await telling;
    await writing;
    const uptoBytes = writtenBytes;
    askedBytes = uptoBytes;
    telling = unhandled(
      syncFile(descriptor).then(async () => {
        durableBytes = uptoBytes;
        await options.onDurable(uptoBytes);
      }),
    );
  };
  const writeOut = async (piece: Uint8Array, offset: number): Promise<void> => {
    for (let at = offset; at < piece.byteLength; at += gatherer.fill(piece, at)) {
      if (gatherer.isFull()) await attempt(begin(), { signal, sentence: SENTENCE });
    }
  };
  const sink = (piece: Uint8Array): Promise<void> | undefined => {
    const filled = gatherer.fill(piece, 0);
    return filled === piece.byteLength ? undefined : writeOut(piece, filled);
  };

  let failure: FileAppended['failure'] = null;
  try {
    await drain(bytes, { signal: options.stop, sink });
  } catch (thrown) {
    failure = { thrown };
  }
  try {
    signal.throwIfAborted();
    const keepsRest = failure === null || !options.isWhole;
    if (keepsRest && gatherer.gatheredBytes() > 0) await attempt(begin(), { signal, sentence: SENTENCE });
    await attempt(Promise.all([telling, writing]), { signal, sentence: SENTENCE });
    if (keepsRest && durableBytes < writtenBytes) await attempt(syncFile(descriptor), { signal, sentence: SENTENCE });
    if (keepsRest) durableBytes = writtenBytes;
  } catch (thrown) {
    failure ??= { thrown };
  } finally {
    // A descriptor closed under a running write could hit a file opened meanwhile.
    await Promise.allSettled([writing, telling]);
    const rest: Buffer = gatherer.take();
    buffers.give(rest);
  }
  return { positionBytes: durableBytes, failure };
}

/** A piece that is too small for one of the aligned buffers goes through one. */
async function writePiece(
  descriptor: number,
  piece: Buffer,
  { atBytes, buffers }: { readonly atBytes: number; readonly buffers: BufferPool },
): Promise<void> {
  if (isAligned(piece)) return await writeDirect(descriptor, piece, atBytes);
  const aligned = buffers.take();
  piece.copy(aligned);
  await writeDirect(descriptor, aligned.subarray(0, piece.byteLength), atBytes).finally(() => buffers.give(aligned));
}

/** The same promise, whose failure is met by whoever awaits it later. */
function unhandled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}
