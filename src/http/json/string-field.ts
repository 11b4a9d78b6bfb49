// The string the scanner stands in: a key, an ordinary value, or content that turns out too long to stay. It checks
// escapes and forbids control characters; whether a string is content is asked once, when that matters.

import { findControl } from '../json-control.ts';
import type { Cursor } from '../json-cursor.ts';
import { ADVICE_CONTROL, ADVICE_ESCAPE, toEscaped, toHexDigit } from '../json-escape.ts';
import { malformedJson } from '../json-malformed.ts';
import type { JsonDocument } from './document.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HEAD_CHARACTERS = 16;
/**
 * Enough for a head in which every character is escaped. Strings up to here are fields without being asked about: most
 * strings are, and a placeholder would not be shorter.
 */
const HEAD_BYTES = HEAD_CHARACTERS * 6;
const ESCAPES = /\\(?:u[0-9a-fA-F]{4}|[^u])/g;

/** A string that is to be lifted: what was read of it, as written, and where in the body it begins. */
export type LiftedStart = { readonly written: Buffer; readonly offset: number };

/** Most strings are shorter, and a loop over them beats calls of native searches. */
const FEW_BYTES = 128;

export type StringField = {
  isOpen(): boolean;
  /** Begins a string whose opening quote has been appended to the document; `offset` is its place in the body. */
  open(string: { offset: number; isKey: boolean }): void;
  /** Reads up to the closing quote, the chunk's end, or, giving what was read so far, where it must be lifted. */
  read(cursor: Cursor): LiftedStart | null;
  /** Ends a lifted string with what stands for it. */
  replace(placeholder: string): void;
  /** The string that was ended last. */
  text(): string;
};

export type StringFieldOptions = {
  readonly document: JsonDocument;
  readonly inlineBytes: number;
  isContent(head: string): boolean;
};

export function createStringField({ document, inlineBytes, isContent }: StringFieldOptions): StringField {
  let isOpen = false;
  let offset = 0;
  let start = 0;
  /** Whether the string is known to count as a field: what is not yet known is not counted. */
  let isField = false;
  let isEscaped = false;
  // 0: plain; 1: after a backslash; 2 to 5: hexadecimal digits of \u still to come, plus one.
  let inEscape = 0;
  let inlineLeft = inlineBytes;

  /** Where to stop in the chunk: its end, or one byte beyond what an undecided string may have. */
  function limit({ chunk, at }: Cursor): number {
    const room = Math.max(inlineLeft, HEAD_BYTES) + 1 - (document.length() - start);
    return isField ? chunk.length : Math.min(chunk.length, at + room);
  }

  /** The closing quote's index, or `end` when there is none before it. */
  function findEnd({ chunk, at: from, offset: chunkOffset }: Cursor, end: number): number {
    for (let at = from; at < end; at += 1) {
      if (inEscape === 0 && at - from === FEW_BYTES) {
        at = skipPlain(chunk, { from: at, end, offset: chunkOffset });
        if (at === end) return end;
      }
      const byte = chunk[at] as number;
      if (inEscape === 0) {
        if (byte === QUOTE) return at;
        if (byte === BACKSLASH) {
          inEscape = 1;
          isEscaped = true;
        } else if (byte < 0x20) throw malformedJson(chunkOffset + at, ADVICE_CONTROL);
      } else if (inEscape === 1) {
        if (byte === 0x75) inEscape = 5;
        else if (toEscaped(byte) !== -1) inEscape = 0;
        else throw malformedJson(chunkOffset + at, ADVICE_ESCAPE);
      } else {
        if (toHexDigit(byte) === -1) throw malformedJson(chunkOffset + at, ADVICE_ESCAPE);
        inEscape = inEscape === 2 ? 0 : inEscape - 1;
      }
    }
    return end;
  }

  function head(): string {
    const written = document.text(start, Math.min(document.length(), start + HEAD_BYTES));
    const plain = isEscaped ? written.replace(ESCAPES, (escaped) => JSON.parse(`"${escaped}"`)) : written;
    return plain.slice(0, HEAD_CHARACTERS);
  }

  /** Decides about a value that has ended or has become too long to wait for; gives whether it must be lifted. */
  function mustLift(): boolean {
    const length = document.length() - start;
    isField = true;
    if (!isContent(head())) return false;
    if (length > inlineLeft) return true;
    inlineLeft -= length;
    document.exempt(length);
    return false;
  }

  return {
    isOpen: () => isOpen,
    open(string) {
      isOpen = true;
      offset = string.offset;
      start = document.length();
      isField = string.isKey;
      isEscaped = false;
    },
    read(cursor) {
      const end = limit(cursor);
      const stop = findEnd(cursor, end);
      const isClosed = stop < end;
      if (isClosed && document.length() - start + stop - cursor.at <= HEAD_BYTES) {
        document.requireRoom(stop + 1 - cursor.at);
        document.append(cursor.chunk, { from: cursor.at, to: stop + 1 });
        cursor.at = stop + 1;
        isOpen = false;
        return null;
      }
      if (isField) document.requireRoom(stop - cursor.at);
      document.append(cursor.chunk, { from: cursor.at, to: stop });
      cursor.at = stop;
      const isTooLong = !isClosed && document.length() - start > Math.max(inlineLeft, HEAD_BYTES);
      if (!isField && (isClosed || isTooLong)) {
        if (mustLift()) return { written: document.cut(start), offset };
        document.requireRoom(0);
      }
      if (isClosed) {
        document.append(cursor.chunk, { from: stop, to: stop + 1 });
        cursor.at = stop + 1;
        isOpen = false;
      }
      return null;
    },
    replace(placeholder) {
      const standIn = Buffer.from(`${placeholder}"`);
      document.append(standIn, { from: 0, to: standIn.length });
      document.exempt(placeholder.length);
      isOpen = false;
      inEscape = 0;
    },
    text() {
      const end = document.length() - 1;
      return isEscaped ? JSON.parse(document.text(start - 1, end + 1)) : document.text(start, end);
    },
  };
}

/** Skips to the next quote or backslash, or to `end` when there is none before it. */
function skipPlain(chunk: Buffer, { from, end, offset }: { from: number; end: number; offset: number }): number {
  const rest = chunk.subarray(from, end);
  const quote = rest.indexOf(QUOTE);
  const plain = quote === -1 ? rest : rest.subarray(0, quote);
  const backslash = plain.indexOf(BACKSLASH);
  const skipped = backslash === -1 ? plain : plain.subarray(0, backslash);
  const control = findControl(skipped);
  if (control !== -1) throw malformedJson(offset + from + control, ADVICE_CONTROL);
  return from + skipped.length;
}
