// Hands one string of a body to its consumer as a byte stream while it arrives. It reads ahead of the consumer by no
// more than the piece at hand, and refuses the body when the string breaks off or is not one.
import { isUtf8 } from 'node:buffer';
import type { ByteStream } from '../../domain/flow/stream.ts';
import type { Cursor, JsonSource } from './source.ts';
import { BACKSLASH, decodePiece, findCut, QUOTE } from './string-pieces.ts';
import { malformedJson, toText } from './text.ts';

const NOTHING = Buffer.alloc(0);
/** Decoded at once: longer strings leave the young generation, and with it the cheap way to be forgotten. */
const STEP_BYTES = 64 * 1024;

type StringStream<T> = {
  /** What was read of the string before it was known to be content. */
  readonly written: Buffer;
  /** Where the string goes on; its cursor is left after the closing quote. */
  readonly source: JsonSource;
  /** Takes the string's bytes. It may leave early: the rest is then read and dropped. */
  onContent(text: ByteStream): Promise<T>;
};

/**
 * Gives what `onContent` gives, once the whole string has been read.
 * @throws what `onContent` throws, at once; what reading the body throws, whatever `onContent` makes of that
 */
export async function streamString<T>({ written, source: { cursor, next }, onContent }: StringStream<T>): Promise<T> {
  const reader = createStringReader();
  // Consumers copy the first piece until they know what it is.
  const held = [written.subarray(0, STEP_BYTES), written.subarray(STEP_BYTES)].map((chunk) => ({ chunk, at: 0 }));
  let failure: { readonly error: unknown } | null = null;

  async function read(): Promise<Uint8Array> {
    try {
      const first = held.find(({ chunk, at }) => at < chunk.length);
      if (first !== undefined) return reader.read(first);
      if (cursor.at < cursor.chunk.length || (await next())) return reader.read(cursor);
      throw malformedJson('it ends too early; send all of it');
    } catch (error) {
      failure = { error };
      throw error;
    }
  }

  async function* pieces(): ByteStream {
    while (!reader.isDone() && failure === null) {
      const piece = await read();
      if (piece.length > 0) yield piece;
    }
  }

  try {
    const result = await onContent(pieces());
    while (!reader.isDone() && failure === null) await read();
    if (failure === null) return result;
  } catch (error) {
    if (failure === null) throw error;
  }
  throw (failure as { readonly error: unknown }).error;
}

/** Reads the string whose opening quote has just been passed, piece by piece, as UTF-8. */
function createStringReader() {
  let isDone = false;
  /** The beginning of a character, escape or pair whose rest has not arrived. */
  let split = NOTHING;
  /** What the last `read` gave: a fresh one for each keeps the garbage collector busy. */
  let decoded = NOTHING;

  /** The bytes as they are, or null when they need decoding. */
  function readPlain(cursor: Cursor): Uint8Array | null {
    const { chunk, at } = cursor;
    const quote = chunk.indexOf(QUOTE, at);
    const piece = chunk.subarray(at, quote === -1 ? chunk.length : quote);
    const mayBeSplit = quote === -1 && (piece.at(-1) as number) >= 0x80;
    if (mayBeSplit || piece.includes(BACKSLASH)) return null;
    if (!isUtf8(piece)) toText(piece);
    isDone = quote !== -1;
    cursor.at = isDone ? quote + 1 : chunk.length;
    return piece;
  }

  /** Writes what the next step stands for; gives how many bytes that is. */
  function readStep(cursor: Cursor, out: Buffer): number {
    const step = cursor.chunk.subarray(cursor.at, cursor.at + STEP_BYTES);
    const bytes = split.length === 0 ? step : Buffer.concat([split, step]);
    const { end, isClosed } = findCut(bytes);
    const text = decodePiece(bytes.subarray(0, end));
    if (!text.isWellFormed()) throw malformedJson('half a surrogate pair stands for no character; send both halves');
    cursor.at += isClosed ? end + 1 - split.length : step.length;
    split = isClosed ? NOTHING : Buffer.from(bytes.subarray(end));
    isDone = isClosed;
    return out.write(text);
  }

  return {
    /** Whether the closing quote has been read. */
    isDone: () => isDone,
    /**
     * Reads to the closing quote or the end of the cursor's chunk and moves the cursor there. Gives a view of the chunk
     * when nothing in it was escaped: control characters, which JSON forbids in strings, may be in it.
     */
    read(cursor: Cursor): Uint8Array {
      const plain = split.length === 0 ? readPlain(cursor) : null;
      if (plain !== null) return plain;
      // Nothing decoded is longer than it was written.
      const most = split.length + cursor.chunk.length - cursor.at;
      if (decoded.length < most) decoded = Buffer.allocUnsafeSlow(most);
      let used = 0;
      while (cursor.at < cursor.chunk.length && !isDone) used += readStep(cursor, decoded.subarray(used));
      return decoded.subarray(0, used);
    },
  };
}
