// Contents as plain bytes, for a form and for an origin: each of its own, made while it is sent and never whole.
import { randomBytes } from 'node:crypto';

const BLOCK = randomBytes(256 * 1024);
const SERIAL_DIGITS = 16;

/** A content of at least 16 bytes; the serial, which it begins with, makes it one of its own. */
export function* toContentPieces({ serial, sizeBytes }: { serial: number; sizeBytes: number }): Iterable<Uint8Array> {
  yield Buffer.from(String(serial).padStart(SERIAL_DIGITS, '0'), 'latin1');
  let left = sizeBytes - SERIAL_DIGITS;
  for (; left >= BLOCK.length; left -= BLOCK.length) yield BLOCK;
  if (left > 0) yield BLOCK.subarray(0, left);
}
