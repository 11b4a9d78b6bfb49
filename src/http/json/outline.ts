// Follows the outline of a JSON document (strings, brackets, commas, colons) over pieces of any size, holds it in a
// bounded buffer, and stops inside each string that is to leave as a stream. It leaves the grammar to JSON.parse.
import { malformedRequest } from '../../domain/errors.ts';
import { createHeldBytes } from './held-bytes.ts';
import type { Cursor } from './source.ts';
import { BACKSLASH, decodePiece, findCut, QUOTE } from './string-pieces.ts';
import { malformedJson, parseText, toText } from './text.ts';

export type OutlineOptions = {
  /** Everything that is not content, structure and whitespace included. */
  readonly maxFieldsBytes: number;
  /** Open arrays and objects at once. */
  readonly maxDepth: number;
  /** Keys of all objects together, repeated ones too. Absent: as many as fit in `maxFieldsBytes`. */
  readonly maxKeys?: number;
  /** Content that may stay in the document, all such strings together, as written in the body. */
  readonly inlineBytes: number;
  /**
   * Whether a string is content, asked about values of more than 96 bytes as written; shorter ones always count as
   * fields. `path` has the keys and indexes that lead to it, `head` is its first 16 characters.
   */
  isContent(path: readonly (string | number)[], head: string): boolean;
};

/** An array or object that is open: the bracket that closes it, and the index or key that was reached in it. */
type Level = { readonly closer: number; step: string | number; key: { start: number; end: number } | null };

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const HEAD_CHARACTERS = 16;
/** Enough for a head in which every character is escaped. Most strings are shorter, and so would no placeholder be. */
const HEAD_BYTES = HEAD_CHARACTERS * 6;
/** Most strings are shorter, and a loop over them beats calls of native searches. */
const FEW_BYTES = 128;

/** An outline of one document. Its methods throw GatewayError `malformed_request` and `fields_too_large`. */
export function createJsonOutline(options: OutlineOptions) {
  const { maxFieldsBytes, maxDepth, maxKeys = Number.POSITIVE_INFINITY, inlineBytes, isContent } = options;
  const held = createHeldBytes(maxFieldsBytes);
  const levels: Level[] = [];
  let isAfterColon = false;
  let keysLeft = maxKeys;
  let inlineLeft = inlineBytes;
  let isInString = false;
  let isKey = false;
  /** Whether the string is known to count as a field: what is not yet known is not counted. */
  let isField = false;
  let isAfterBackslash = false;
  /** Where the string begins in what is held, after its quote. */
  let start = 0;
  let judgedBytes = 0;

  /** Takes one byte outside strings; `at` is where it is held. */
  function step(byte: number, at: number): void {
    if (byte === QUOTE) {
      isInString = true;
      start = at + 1;
      isKey = !isAfterColon && levels.at(-1)?.closer === CLOSE_OBJECT;
      isField = isKey;
    } else if (byte === COMMA) {
      isAfterColon = false;
      const level = levels.at(-1);
      if (typeof level?.step === 'number') level.step += 1;
    } else if (byte === COLON) {
      isAfterColon = true;
      keysLeft -= 1;
      if (keysLeft < 0) throw malformedRequest(`the body has more than ${maxKeys} keys; send fewer`);
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (levels.length >= maxDepth) throw malformedRequest(`the body is nested deeper than ${maxDepth}; flatten it`);
      levels.push({ closer: byte + 2, step: byte === OPEN_ARRAY ? 0 : '', key: null });
      isAfterColon = false;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (levels.pop()?.closer !== byte) throw malformedJson('a bracket closes what is not open');
      isAfterColon = true;
    }
  }

  /** The closing quote's index, or `end` when there is none before it. */
  function findQuote(chunk: Buffer, from: number, end: number): number {
    let at = isAfterBackslash ? from + 1 : from;
    for (; at < end && chunk[at] !== QUOTE; at += 1) {
      if (chunk[at] === BACKSLASH) at += 1;
      else if (at === from + FEW_BYTES) at = skipPlain(chunk, at, end) - 1;
    }
    isAfterBackslash = at > end;
    return Math.min(at, end);
  }

  /** A key is decoded once, when somebody first asks for a path that it is in. */
  function toStep(level: Level): string | number {
    if (level.key !== null) level.step = decodePiece(held.view(level.key.start, level.key.end));
    level.key = null;
    return level.step;
  }

  /** Decides about a value that has ended or has become too long to wait for; gives whether it must leave. */
  function mustLeave(length: number): boolean {
    const first = held.view(start, start + Math.min(length, HEAD_BYTES));
    const head = decodePiece(first.subarray(0, findCut(first).end)).slice(0, HEAD_CHARACTERS);
    const exempt = isContent(levels.map(toStep), head) ? length : 0;
    if (exempt > inlineLeft) return true;
    inlineLeft -= exempt;
    held.exempt(exempt);
    isField = true;
    return false;
  }

  /** Judges what is held before the string, its brackets closed, once it has doubled: so that all of it stays linear. */
  function judge(): void {
    if (start < 2 * judgedBytes) return;
    judgedBytes = start;
    const ending = String.fromCharCode(QUOTE, ...levels.map(({ closer }) => closer).reverse());
    parseText(toText(held.view(0, start)) + ending);
  }

  return {
    /**
     * Reads on from the cursor and moves it: to the end of its chunk, giving null, or to where a string goes on that must
     * leave, giving what was read of it, which stays as it is until `resume`. What comes before it has been judged then.
     */
    follow(cursor: Cursor): Buffer | null {
      const { chunk } = cursor;
      let at = cursor.at;
      const readBytes = () => held.length() + at - cursor.at;
      const hold = (undecided: number) => {
        held.append(chunk.subarray(cursor.at, at), undecided);
        cursor.at = at;
      };
      while (at < chunk.length) {
        if (!isInString) {
          step(chunk[at] as number, readBytes());
          at += 1;
          continue;
        }
        const most = Math.max(inlineLeft, HEAD_BYTES);
        const end = isField ? chunk.length : Math.min(chunk.length, at + most + 1 - (readBytes() - start));
        at = findQuote(chunk, at, end);
        const isClosed = at < end;
        const length = readBytes() - start;
        if (!isField && length > (isClosed ? HEAD_BYTES : most)) {
          hold(length);
          if (mustLeave(length)) {
            judge();
            return held.cut(start);
          }
        }
        if (!isClosed) continue;
        if (isKey) (levels.at(-1) as Level).key = { start, end: readBytes() };
        isInString = false;
        at += 1;
      }
      hold(isInString && !isField ? readBytes() - start : 0);
      return null;
    },
    /** Goes on after the closing quote of a string that left; `placeholder`, which needs no escapes, takes its place. */
    resume(placeholder: string): void {
      held.append(Buffer.from(`${placeholder}"`), placeholder.length + 1);
      held.exempt(placeholder.length);
      isInString = false;
      isAfterBackslash = false;
    },
    /** The value of the whole document, once the body has ended. */
    finish(): unknown {
      if (isInString || levels.length > 0) throw malformedJson('it ends too early; send all of it');
      return parseText(toText(held.view(0, held.length())));
    },
    [Symbol.dispose]: held.close,
  };
}

/** The next quote or backslash, or `end` when there is none before it. */
function skipPlain(chunk: Buffer, from: number, end: number): number {
  const rest = chunk.subarray(from, end);
  const quote = rest.indexOf(QUOTE);
  const plain = quote === -1 ? rest : rest.subarray(0, quote);
  const backslash = plain.indexOf(BACKSLASH);
  return from + (backslash === -1 ? plain.length : backslash);
}
