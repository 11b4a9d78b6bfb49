// Follows the grammar of a JSON document (RFC 8259) over pieces of any size, gathers it in a bounded buffer, and stops
// inside each string that is to be lifted out. It refuses at the first wrong byte and never recurses.
import { GatewayError } from '../../domain/errors.ts';
import type { Cursor } from '../json-cursor.ts';
import { malformedJson } from '../json-malformed.ts';
import { createJsonDocument } from './document.ts';
import { continueNumber, isWholeNumber, startNumber } from './grammar.ts';
import { createJsonPlace, type JsonPath } from './path.ts';
import { createStringField, type LiftedStart } from './string-field.ts';

export type ScanOptions = {
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
   * fields. `head` is its first 16 characters.
   */
  isContent(path: JsonPath, head: string): boolean;
};

export type JsonScanner = {
  /**
   * Reads on from the cursor and moves it: to the end of its chunk, giving null, or to where a lifted string goes on.
   * @throws GatewayError `malformed_request` or `fields_too_large`
   */
  scan(cursor: Cursor): LiftedStart | null;
  /** Goes on behind the closing quote of a lifted string; `placeholder`, which needs no escapes, takes its place. */
  resume(placeholder: string): void;
  /** Frees its buffer; nothing may be called after it, and nothing that it gave be used. */
  close(): void;
  /** The whole document, once the body has ended at `offset`. @throws GatewayError `malformed_request` */
  finish(offset: number): string;
};

/** What the grammar wants next. */
const WANT = {
  value: 0,
  valueOrEnd: 1,
  key: 2,
  keyOrEnd: 3,
  colon: 4,
  commaOrEnd: 5,
  nothing: 6,
  number: 7,
  literal: 8,
};
const ADVICE = [
  'put a value here',
  'put a value or ] here',
  'put a key in double quotes here',
  'put a key in double quotes or } here',
  'put a colon here',
  'put a comma or the closing bracket here',
  'remove everything after the document',
  'write the number as JSON does',
  'write true, false or null here',
];
const LITERALS: ReadonlyMap<number, string> = new Map([
  [0x74, 'true'],
  [0x66, 'false'],
  [0x6e, 'null'],
]);

const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** A scanner of one document whose bytes are taken to be UTF-8. */
export function createJsonScanner({
  maxFieldsBytes,
  maxDepth,
  maxKeys,
  inlineBytes,
  isContent,
}: ScanOptions): JsonScanner {
  const document = createJsonDocument(maxFieldsBytes);
  const place = createJsonPlace(maxDepth);
  const field = createStringField({ document, inlineBytes, isContent: (head) => isContent(place.path, head) });
  let want = WANT.value;
  let number = 0;
  let literal = '';
  let keysLeft = maxKeys ?? Number.POSITIVE_INFINITY;

  const afterValue = () => {
    want = place.isRoot() ? WANT.nothing : WANT.commaOrEnd;
  };

  function endString(): void {
    if (want !== WANT.key) {
      afterValue();
      return;
    }
    keysLeft -= 1;
    if (keysLeft < 0) {
      throw new GatewayError('malformed_request', { reason: `the body has more than ${maxKeys} keys; send fewer` });
    }
    place.setKey(field.text());
    want = WANT.colon;
  }

  /** Takes one byte that is neither part of a string nor space. Gives whether it opens a string. */
  function step(byte: number, offset: number): boolean {
    if (byte === 0x22) {
      if (want === WANT.keyOrEnd) want = WANT.key;
      if (want <= WANT.key) return true;
    } else if (want === WANT.commaOrEnd) {
      if (byte === 0x2c) {
        if (!place.isInObject()) place.nextItem();
        want = place.isInObject() ? WANT.key : WANT.value;
        return false;
      }
      if (byte === (place.isInObject() ? 0x7d : 0x5d)) return leave();
    } else if (want === WANT.colon && byte === 0x3a) {
      want = WANT.value;
      return false;
    } else if ((want === WANT.valueOrEnd && byte === 0x5d) || (want === WANT.keyOrEnd && byte === 0x7d)) {
      return leave();
    } else if (want <= WANT.valueOrEnd && beginValue(byte)) {
      return false;
    }
    const isMark = offset === 0 && byte === 0xef;
    throw malformedJson(offset, isMark ? 'remove the byte order mark' : (ADVICE[want] as string));
  }

  function leave(): boolean {
    place.leave();
    afterValue();
    return false;
  }

  function beginValue(byte: number): boolean {
    if (byte === 0x7b || byte === 0x5b) {
      place.enter(byte === 0x7b);
      want = byte === 0x7b ? WANT.keyOrEnd : WANT.valueOrEnd;
      return true;
    }
    number = startNumber(byte);
    literal = LITERALS.get(byte)?.slice(1) ?? '';
    if (number === -1 && literal === '') return false;
    want = literal === '' ? WANT.number : WANT.literal;
    return true;
  }

  /** Takes one byte of a number or literal. Gives false when it is the first one after a number. */
  function continueScalar(byte: number, offset: number): boolean {
    if (want === WANT.number) {
      const next = continueNumber(number, byte);
      if (next === -1 && !isWholeNumber(number)) throw malformedJson(offset, ADVICE[want] as string);
      if (next === -1) afterValue();
      else number = next;
      return next !== -1;
    }
    if (byte !== literal.charCodeAt(0)) throw malformedJson(offset, ADVICE[want] as string);
    literal = literal.slice(1);
    if (literal === '') afterValue();
    return true;
  }

  return {
    scan(cursor) {
      const { chunk, offset } = cursor;
      let kept = cursor.at;
      let at = cursor.at;
      while (at < chunk.length) {
        if (field.isOpen()) {
          cursor.at = at;
          const lifted = field.read(cursor);
          kept = cursor.at;
          at = cursor.at;
          if (lifted !== null) return lifted;
          if (!field.isOpen()) endString();
          continue;
        }
        const byte = chunk[at] as number;
        if (want >= WANT.number) {
          if (!continueScalar(byte, offset + at)) continue;
        } else if (!isSpace(byte) && step(byte, offset + at)) {
          document.requireRoom(at + 1 - kept);
          document.append(chunk, { from: kept, to: at + 1 });
          kept = at + 1;
          field.open({ offset: offset + at + 1, isKey: want === WANT.key });
        }
        at += 1;
      }
      // An open string has counted what is to be counted of it.
      if (!field.isOpen()) document.requireRoom(at - kept);
      document.append(chunk, { from: kept, to: at });
      cursor.at = at;
      return null;
    },
    resume(placeholder) {
      field.replace(placeholder);
      endString();
    },
    close: document.close,
    finish(offset) {
      if (want === WANT.number && isWholeNumber(number)) afterValue();
      if (field.isOpen()) throw malformedJson(offset, 'the body ends inside a string; send all of it');
      if (want !== WANT.nothing) throw malformedJson(offset, `the body ends too early; ${ADVICE[want] as string}`);
      return document.text(0, document.length());
    },
  };
}
