// Decodes base64 (RFC 4648, section 4) as strictly as it is written there: it refuses foreign characters, white space,
// padding that is missing or misplaced, and bits that no byte keeps. Nothing is ever dropped in silence.
import { type GatewayError, invalidInput } from './errors.ts';
import type { ByteStream } from './ports.ts';

const ALPHABET = /^[A-Za-z0-9+/]*/;
const PADDING = 0x3d;
/** Smaller pieces are joined up to here, since each costs its consumer a hash update and a write. */
const MIN_PIECE_BYTES = 32_768;
const PIECE_BYTES = 49_152;

/**
 * The bytes of a whole base64 text.
 * @throws GatewayError `invalid_input` on `content`
 */
export function decodeBase64(text: string | Uint8Array): Uint8Array {
  const written = typeof text === 'string' ? text : toLatin1(text);
  const bytes = Buffer.from(written, 'base64');
  requireSame(written, { bytes, start: 0, end: bytes.length, position: 0 });
  return bytes;
}

/**
 * The bytes of a base64 text that arrives in pieces of any size, in pieces of about 32 KiB and more; each is the
 * consumer's to keep. Leaving it early closes `text`.
 * @throws GatewayError `invalid_input` on `content`; what `text` throws, unchanged
 */
export async function* decodeBase64Stream(text: ByteStream): ByteStream {
  const group = Buffer.alloc(4);
  let inGroup = 0;
  let position = 0;
  let hasEnded = false;
  let out = Buffer.alloc(0);
  let used = 0;

  /** Decodes whole groups of four characters behind what `out` already holds. */
  function decode(written: Uint8Array): void {
    if (written.length === 0) return;
    if (hasEnded) throw afterPadding(position);
    const characters = toLatin1(written);
    const end = used + out.write(characters, used, 'base64');
    requireSame(characters, { bytes: out, start: used, end, position });
    hasEnded = written[written.length - 1] === PADDING;
    used = end;
    position += written.length;
  }

  for await (const piece of text) {
    const needed = ((inGroup + piece.length) >> 2) * 3;
    if (used + needed > out.length) {
      if (used > 0) yield out.subarray(0, used);
      // Not from the shared pool: a consumer may hold on to a piece. Never used twice for the same reason.
      out = Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, needed));
      used = 0;
    }
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
    if (used >= MIN_PIECE_BYTES) {
      yield out.subarray(0, used);
      out = Buffer.alloc(0);
      used = 0;
    }
  }
  if (inGroup > 0) throw hasEnded ? afterPadding(position) : explain(toLatin1(group.subarray(0, inGroup)), position);
  if (used > 0) yield out.subarray(0, used);
}

function toLatin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}

type Decoded = { readonly bytes: Buffer; readonly start: number; readonly end: number; readonly position: number };

/**
 * Node's decoder skips what it does not know. But its encoder writes the one strict form of any bytes, so a text is
 * strict exactly when it equals what its bytes encode to; both run at native speed, and a check by hand does not.
 */
function requireSame(written: string, { bytes, start, end, position }: Decoded): void {
  if (bytes.toString('base64', start, end) !== written) throw explain(written, position);
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
