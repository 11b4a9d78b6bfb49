// Hands one string of a body to its consumer as a byte stream while it arrives. It reads ahead of the consumer by no
// more than the piece at hand, and refuses the body when the string breaks off or is not one.
import type { ByteStream } from '../../domain/flow/stream.ts';
import type { Cursor } from '../json-cursor.ts';
import { malformedJson } from '../json-malformed.ts';
import type { LiftedStart } from './string-field.ts';
import { createStringReader } from './string-reader.ts';

/** What was read before it was known to be content goes on in pieces like those that arrive. */
const PIECE_BYTES = 64 * 1024;

export type LiftOptions<T> = {
  /** Where the string goes on. Left behind its closing quote. */
  readonly cursor: Cursor;
  /** Pulls the next piece into the cursor; false at the end. */
  next(): Promise<boolean>;
  /** False: `onContent` judges every byte, and what JSON forbids in strings is among what it refuses. */
  readonly checksControls: boolean;
  /** Takes the string's bytes. It may leave early: the rest is then read and dropped. */
  onContent(text: ByteStream): Promise<T>;
};

/**
 * Gives what `onContent` gives, once the whole string has been read.
 * @throws what `onContent` throws, at once; what reading the body throws, whatever `onContent` makes of that
 */
export async function liftString<T>(
  start: LiftedStart,
  { cursor, next, checksControls, onContent }: LiftOptions<T>,
): Promise<T> {
  const reader = createStringReader({ checksControls });
  const written: Cursor = { chunk: start.written.subarray(0, PIECE_BYTES), at: 0, offset: start.offset };
  let windowAt = 0;
  let failure: { readonly error: unknown } | null = null;

  async function read(): Promise<Uint8Array> {
    try {
      if (written.at === written.chunk.length && windowAt + written.at < start.written.length) {
        windowAt += written.at;
        written.offset += written.at;
        written.at = 0;
        written.chunk = start.written.subarray(windowAt, windowAt + PIECE_BYTES);
      }
      if (written.at < written.chunk.length) return reader.read(written);
      if (cursor.at === cursor.chunk.length && !(await next())) {
        throw malformedJson(cursor.offset, 'the body ends inside a string; send all of it');
      }
      return reader.read(cursor);
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

  const text = pieces();
  try {
    const result = await onContent(text);
    for await (const _ of text);
    while (!reader.isDone() && failure === null) await read();
    if (failure === null) return result;
  } catch (error) {
    if (failure === null) throw error;
  }
  throw (failure as { readonly error: unknown }).error;
}
