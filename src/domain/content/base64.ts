// Decodes base64 (RFC 4648, section 4) as strictly as it is written there: it refuses foreign characters, white space,
// padding that is missing or misplaced, and bits that no byte keeps. Nothing is ever dropped in silence.

import { type GatewayError, invalidInput } from '../errors.ts';
import { createBufferPool } from '../flow/buffer-pool.ts';
import type { ByteStream } from '../flow/stream.ts';

const ALPHABET = /^[A-Za-z0-9+/]*/;
const PADDING = 0x3d;
/** Decoded at once: longer strings leave the young generation, and with it the cheap way to be forgotten. */
const STEP_CHARACTERS = 64 * 1024;
/** What the largest pieces that a body arrives in decode to, and a little more. */
const OUT_BYTES = 800 * 1024;
const outputs = createBufferPool({ bytes: OUT_BYTES, maxSpare: 32 });

/**
 * The bytes of a whole base64 text.
 * @throws GatewayError `invalid_input` on `content`
 */
export function decodeBase64(text: string | Uint8Array): Uint8Array {
  const written = typeof text === 'string' ? text : toLatin1(text);
  // Of a character beyond one byte the decoder would see the low byte alone.
  if (Buffer.byteLength(written) !== written.length) throw explain(written, 0);
  const bytes = Buffer.from(written, 'base64');
  requireStrict(written, { decodedBytes: bytes.length, position: 0 });
  return bytes;
}

/**
 * The bytes of a base64 text that arrives in pieces of any size. Leaving it early closes `text`.
 * @throws GatewayError `invalid_input` on `content`; what `text` throws, unchanged
 */
export async function* decodeBase64Stream(text: ByteStream): ByteStream {
  const group = Buffer.alloc(4);
  let inGroup = 0;
  let position = 0;
  let hasEnded = false;
  // One buffer for the whole stream: pieces are lent, and a fresh one for each keeps the garbage collector busy.
  let out = outputs.take();
  let used = 0;

  /** Decodes whole groups of four characters after what `out` already holds. */
  function decode(written: Uint8Array): void {
    for (let at = 0; at < written.length; at += STEP_CHARACTERS) {
      if (hasEnded) throw afterPadding(position);
      const characters = toLatin1(written.subarray(at, at + STEP_CHARACTERS));
      const decodedBytes = out.write(characters, used, 'base64');
      requireStrict(characters, { decodedBytes, position });
      hasEnded = characters.charCodeAt(characters.length - 1) === PADDING;
      used += decodedBytes;
      position += characters.length;
    }
  }

  try {
    for await (const piece of text) {
      const needed = ((inGroup + piece.length) >> 2) * 3;
      if (needed > out.length) out = Buffer.allocUnsafeSlow(needed);
      used = 0;
      let at = 0;
      if (inGroup > 0) {
        at = Math.min(4 - inGroup, piece.length);
        group.set(piece.subarray(0, at), inGroup);
        inGroup += at;
        if (inGroup === 4) {
          decode(group);
          inGroup = 0;
        }
      }
      const wholeEnd = at + ((piece.length - at) & ~3);
      decode(piece.subarray(at, wholeEnd));
      if (wholeEnd < piece.length) {
        group.set(piece.subarray(wholeEnd), inGroup);
        inGroup += piece.length - wholeEnd;
      }
      if (used > 0) yield out.subarray(0, used);
    }
    if (inGroup > 0) throw hasEnded ? afterPadding(position) : explain(toLatin1(group.subarray(0, inGroup)), position);
  } finally {
    outputs.give(out);
  }
}

function toLatin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}

/**
 * Node's decoder skips what it does not know, so whatever does not belong makes its result shorter than the text's length
 * promises. Left to look for are the two characters of the URL alphabet, which it knows as well, and bits that no byte
 * keeps. All of that runs at native speed; a check by hand does not.
 */
function requireStrict(written: string, { decodedBytes, position }: { decodedBytes: number; position: number }): void {
  const { length } = written;
  const padding = written.endsWith('==') ? 2 : written.endsWith('=') ? 1 : 0;
  const isWhole = length % 4 === 0 && decodedBytes === (length / 4) * 3 - padding;
  if (!isWhole || written.includes('-') || written.includes('_')) throw explain(written, position);
  if (padding === 0) return;
  const last = written.slice(-4);
  if (Buffer.from(last, 'base64').toString('base64') !== last) throw explain(written, position);
}

/** What is wrong with a text that begins `position` characters into the data. */
function explain(written: string, position: number): GatewayError<'invalid_input'> {
  const foreignAt = (ALPHABET.exec(written) as RegExpExecArray)[0].length;
  const rest = written.slice(foreignAt);
  if (!/^={0,2}$/.test(rest)) {
    return refusal(`has a character that does not belong there, at character ${position + foreignAt} of the data`);
  }
  if (written.length % 4 !== 0) return refusal('is cut short or lacks padding: its length must be a multiple of 4');
  return refusal('ends in bits that belong to no byte: encode it again');
}

function afterPadding(position: number): GatewayError<'invalid_input'> {
  return refusal(`has something after its padding, at character ${position} of the data`);
}

function refusal(reason: string): GatewayError<'invalid_input'> {
  return invalidInput('content', `must be strict base64 but ${reason}`);
}
