// Reads one JSON string of any size as the UTF-8 bytes it stands for, piece by piece; it refuses what no text can hold.
import { findControl } from '../json-control.ts';
import type { Cursor } from '../json-cursor.ts';
import { ADVICE_CONTROL, ADVICE_ESCAPE, toEscaped, toHexDigit } from '../json-escape.ts';
import { malformedJson } from '../json-malformed.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const ADVICE_SURROGATE = 'half a surrogate pair stands for no character; escape both halves or send UTF-8';

/** Where decoded bytes go, and the place in the body that is being decoded. */
type Output = { readonly out: Buffer; readonly used: number; readonly offset: number };

export type StringReader = {
  /** Whether the closing quote has been read. */
  isDone(): boolean;
  /**
   * Reads to the closing quote or the end of the cursor's chunk and moves the cursor there. Gives what was read, as a
   * view of the chunk when nothing in it was escaped; the chunk must then stay as it is.
   * @throws GatewayError `malformed_request`
   */
  read(cursor: Cursor): Uint8Array;
};

/**
 * A reader of the string whose opening quote has just been passed. The bytes are taken to be UTF-8, and, when
 * `checksControls` is false, to be judged one by one by whoever gets them.
 */
export function createStringReader({ checksControls }: { checksControls: boolean }): StringReader {
  let done = false;
  // 0: plain; 1: after a backslash; 2 to 5: hexadecimal digits of \u still to come, plus one.
  let inEscape = 0;
  let unit = 0;
  let high = 0;

  function readPlain(cursor: Cursor): Uint8Array | null {
    const { chunk, at } = cursor;
    const quote = chunk.indexOf(QUOTE, at);
    const end = quote === -1 ? chunk.length : quote;
    const piece = at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end);
    if (piece.includes(BACKSLASH)) return null;
    const control = checksControls ? findControl(piece) : -1;
    if (control !== -1) throw malformedJson(cursor.offset + at + control, ADVICE_CONTROL);
    done = quote !== -1;
    cursor.at = done ? end + 1 : end;
    return piece;
  }

  function readEscaped(cursor: Cursor): Uint8Array {
    const { chunk, offset } = cursor;
    const end = chunk.length;
    // Every escape is longer than its bytes, but its beginning may lie in an earlier chunk: room for one character more.
    const out = Buffer.allocUnsafe(end - cursor.at + 4);
    let used = 0;
    let at = cursor.at;
    while (at < end && !done) {
      const byte = chunk[at] as number;
      if (inEscape > 0) {
        used = readEscape(byte, { out, used, offset: offset + at });
      } else if (byte === BACKSLASH) {
        inEscape = 1;
      } else {
        requireNoHalf(offset + at);
        const start = at;
        at = copyPlain(cursor, { out, from: at, used });
        used += at - start;
        if (at === end || chunk[at] === BACKSLASH) continue;
        if (chunk[at] !== QUOTE) throw malformedJson(offset + at, ADVICE_CONTROL);
        done = true;
      }
      at += 1;
    }
    cursor.at = at;
    return out.subarray(0, used);
  }

  /** Takes one byte behind a backslash; gives how much of `out` is used. */
  function readEscape(byte: number, { out, used, offset }: Output): number {
    if (inEscape > 1) {
      const digit = toHexDigit(byte);
      if (digit === -1) throw malformedJson(offset, ADVICE_ESCAPE);
      unit = unit * 16 + digit;
      inEscape = inEscape === 2 ? 0 : inEscape - 1;
      return inEscape === 0 ? writeUnit({ out, used, offset }) : used;
    }
    if (byte === LETTER_U) {
      inEscape = 5;
      unit = 0;
      return used;
    }
    const plain = toEscaped(byte);
    if (plain === -1) throw malformedJson(offset, ADVICE_ESCAPE);
    requireNoHalf(offset);
    inEscape = 0;
    out[used] = plain;
    return used + 1;
  }

  function requireNoHalf(offset: number): void {
    if (high !== 0) throw malformedJson(offset, ADVICE_SURROGATE);
  }

  /** Appends the code unit just completed, or keeps it until its other half comes; gives how much of `out` is used. */
  function writeUnit({ out, used, offset }: Output): number {
    if (unit >= 0xdc00 && unit <= 0xdfff) {
      if (high === 0) throw malformedJson(offset, ADVICE_SURROGATE);
      const pair = String.fromCharCode(high, unit);
      high = 0;
      return used + out.write(pair, used);
    }
    requireNoHalf(offset);
    if (unit >= 0xd800 && unit <= 0xdbff) {
      high = unit;
      return used;
    }
    return used + out.write(String.fromCharCode(unit), used);
  }

  return {
    isDone: () => done,
    read: (cursor) => (inEscape === 0 && high === 0 ? (readPlain(cursor) ?? readEscaped(cursor)) : readEscaped(cursor)),
  };
}

/** Copies up to the next quote, backslash, control character or the chunk's end, and gives where that is. */
function copyPlain({ chunk }: Cursor, { out, from, used }: { out: Buffer; from: number; used: number }): number {
  const end = chunk.length;
  let at = from;
  let to = used;
  while (at < end) {
    const byte = chunk[at] as number;
    if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) break;
    out[to] = byte;
    to += 1;
    at += 1;
  }
  return at;
}
