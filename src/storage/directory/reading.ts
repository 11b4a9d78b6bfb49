// A file on its way out: in one piece when it is small, else in large ones, in buffers that are used again. While a piece
// is being sent the next is read. The descriptor is closed also when nobody reads to the end, or at all.
import type { BufferPool } from '../../domain/flow/buffer-pool.ts';
import { type ByteRange, type ByteStream, type CallOptions, WholeBytes } from '../../domain/flow/stream.ts';
import { closeFile, openFile, readInto } from './file-calls.ts';

/** Up to here a file is read at once, into memory of its own. */
const SMALL_BYTES = 64 * 1024;

export type ReadFileOptions = CallOptions & {
  readonly range: ByteRange | null;
  /** Each of them longer than what is read at once. */
  readonly buffers: BufferPool;
};

type Piece = { readonly buffer: Buffer; readonly bytes: number };

/** Opens the bytes of the file at `path`; see `BlobStore.read`. @throws the system's error, such as ENOENT */
export async function readFromFile(path: string, options: ReadFileOptions): Promise<ByteStream> {
  const descriptor = await openFile(path, 'r');
  const reader = createReader(descriptor, options);
  try {
    const first = await reader.read();
    if (first.bytes <= SMALL_BYTES && reader.hasEnded()) {
      const bytes = Buffer.from(first.buffer.subarray(0, first.bytes));
      options.buffers.give(first.buffer);
      void reader.close();
      return new WholeBytes(bytes);
    }
    return toStream(first, { ...options, reader });
  } catch (thrown) {
    await reader.close();
    throw thrown;
  }
}

type Reader = {
  /** The next piece; the last one is shorter than it could be, or empty. One call at a time. */
  read(): Promise<Piece>;
  /** Whether the last piece was given. */
  hasEnded(): boolean;
  /** Closes the file when nothing is being read any more. Never rejects; harmless when repeated. */
  close(): Promise<void>;
};

function createReader(descriptor: number, { range, buffers }: ReadFileOptions): Reader {
  let position = range?.start ?? 0;
  const end = range === null ? Number.POSITIVE_INFINITY : range.end + 1;
  let running: Promise<unknown> = Promise.resolve();
  let isEnd = false;
  let closing: Promise<void> | null = null;

  async function read(): Promise<Piece> {
    const buffer = buffers.take();
    const wanted = Math.min(buffer.length, end - position);
    try {
      const bytes = await readInto(
        descriptor,
        wanted === buffer.length ? buffer : buffer.subarray(0, wanted),
        position,
      );
      position += bytes;
      isEnd = bytes < wanted || position === end;
      return { buffer, bytes };
    } catch (thrown) {
      buffers.give(buffer);
      throw thrown;
    }
  }

  return {
    read() {
      const reading = read();
      // A descriptor that is closed under a read could be another file's by then.
      running = reading.catch(() => {});
      return reading;
    },
    hasEnded: () => isEnd,
    close() {
      closing ??= running.then(() => closeFile(descriptor)).catch(() => {});
      return closing;
    },
  };
}

/** A stream whose first piece has been read. It ends with the file, when its loop is left, and on abort. */
function toStream(
  first: Piece,
  { reader, buffers, signal }: ReadFileOptions & { readonly reader: Reader },
): ByteStream {
  let lent: Piece | null = null;
  let next: Promise<Piece> | null = Promise.resolve(first);
  let isOver = false;

  function giveBack(): void {
    if (lent !== null) buffers.give(lent.buffer);
    lent = null;
  }

  function end(): void {
    if (isOver) return;
    isOver = true;
    signal.removeEventListener('abort', end);
    giveBack();
    next?.then(({ buffer }) => buffers.give(buffer)).catch(() => {});
    next = null;
    void reader.close();
  }

  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();

  const iterator: AsyncIterator<Uint8Array, undefined> = {
    async next() {
      giveBack();
      signal.throwIfAborted();
      if (next === null) {
        end();
        return { done: true, value: undefined };
      }
      try {
        const piece = await next;
        // Whoever aborted meanwhile has given it back.
        signal.throwIfAborted();
        lent = piece;
        next = reader.hasEnded() ? null : reader.read();
        // Whoever stops here asks for it no more.
        next?.catch(() => {});
        if (piece.bytes > 0) return { done: false, value: piece.buffer.subarray(0, piece.bytes) };
        end();
        return { done: true, value: undefined };
      } catch (thrown) {
        end();
        throw thrown;
      }
    },
    return() {
      end();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
