// Checks that bytes arriving in pieces are UTF-8 (RFC 3629), also across their seams; it decodes and keeps nothing.
import { isUtf8 } from 'node:buffer';
import { malformedJson } from '../json-malformed.ts';

/** Takes the next piece and its offset in the body. @throws GatewayError `malformed_request` */
export type Utf8Check = (piece: Uint8Array, offset: number) => void;

/**
 * A check of one body. A sequence that the body's end cuts off is not its concern: it can only stand inside a string,
 * which then lacks its closing quote.
 */
export function createUtf8Check(): Utf8Check {
  // How many continuation bytes are owed, and between which bounds the next one must lie: the bounds are what refuses
  // overlong forms, surrogates and code points beyond U+10FFFF.
  let owed = 0;
  let lowest = 0x80;
  let highest = 0xbf;

  function isRight(byte: number): boolean {
    if (owed > 0) {
      if (byte < lowest || byte > highest) return false;
      owed -= 1;
      lowest = 0x80;
      highest = 0xbf;
      return true;
    }
    if (byte < 0x80) return true;
    if (byte < 0xc2 || byte > 0xf4) return false;
    owed = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte === 0xe0) lowest = 0xa0;
    else if (byte === 0xed) highest = 0x9f;
    else if (byte === 0xf0) lowest = 0x90;
    else if (byte === 0xf4) highest = 0x8f;
    return true;
  }

  return (piece, offset) => {
    // Native and practically free: nearly every piece is whole and right, most are ASCII.
    if (owed === 0 && isUtf8(piece)) return;
    let at = 0;
    for (const byte of piece) {
      if (!isRight(byte)) throw malformedJson(offset + at, 'it is not UTF-8; encode the whole body as UTF-8');
      at += 1;
    }
  };
}
