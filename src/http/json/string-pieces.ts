// A JSON string (RFC 8259, section 7) that arrives in pieces: where to cut it, and what the pieces stand for.
import { parseText, toText } from './text.ts';

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
/** The length of an escaped code unit, \u and four digits. */
const UNIT_BYTES = 6;
const HIGH_SURROGATE = /^\\u[dD][89abAB]/;

/**
 * Where to cut bytes of a string that begin with a whole character: at the closing quote or, without one, where no
 * character, escape or surrogate pair is split. Fewer than 12 bytes are left after the cut.
 */
export function findCut(bytes: Buffer): { readonly end: number; readonly isClosed: boolean } {
  const { length } = bytes;
  // The last two escapes.
  let before = -1;
  let last = -1;
  let at = 0;
  for (; at < length && bytes[at] !== QUOTE; at += 1) {
    if (bytes[at] !== BACKSLASH) continue;
    before = last;
    last = at;
    at += 1;
  }
  if (at < length) return { end: at, isClosed: true };
  const left = last === -1 ? Number.POSITIVE_INFINITY : length - last;
  if (left > UNIT_BYTES || (left === UNIT_BYTES && !isHighSurrogate(bytes, last))) {
    return { end: findCharacterEnd(bytes), isClosed: false };
  }
  const isPair = before !== -1 && before + UNIT_BYTES === last && isHighSurrogate(bytes, before);
  return { end: isPair ? before : last, isClosed: false };
}

/** Before the last character, unless that is ASCII: it may lack some of its two to four bytes. */
function findCharacterEnd(bytes: Buffer): number {
  let at = bytes.length - 1;
  if (at < 0 || (bytes[at] as number) < 0x80) return bytes.length;
  const lowest = Math.max(0, at - 3);
  while (at > lowest && ((bytes[at] as number) & 0xc0) === 0x80) at -= 1;
  return at;
}

const isHighSurrogate = (bytes: Buffer, at: number) =>
  HIGH_SURROGATE.test(bytes.toString('latin1', at, at + UNIT_BYTES));

/** What a piece of a string that was cut by `findCut` stands for. @throws GatewayError `malformed_request` */
export function decodePiece(bytes: Buffer): string {
  return parseText(`"${toText(bytes)}"`) as string;
}
