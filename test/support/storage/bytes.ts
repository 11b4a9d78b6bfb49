// Contents for the stores' tests: predictable bytes, given in pieces of awkward sizes, and ways to fail half way.
import { createHash } from 'node:crypto';
import type { ByteStream } from '../../../src/domain/flow/stream.ts';

const PIECE_BYTES = [1, 4_095, 65_536, 7, 300_001];

/** `sizeBytes` bytes of a pattern whose period fits no part or piece, shifted by `seed`. Every piece is the same buffer. */
export async function* patternOf(sizeBytes: number, seed = 0): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(Math.max(...PIECE_BYTES));
  let sent = 0;
  for (let turn = 0; sent < sizeBytes; turn += 1) {
    const length = Math.min(PIECE_BYTES[turn % PIECE_BYTES.length] ?? 1, sizeBytes - sent);
    for (let at = 0; at < length; at += 1) piece[at] = (seed + sent + at) % 251;
    yield piece.subarray(0, length);
    sent += length;
  }
}

/** The pattern up to `sizeBytes`, then `then`: an error to throw, or a promise that may never settle. */
export async function* patternThen(sizeBytes: number, then: () => Promise<void>): AsyncGenerator<Uint8Array> {
  yield* patternOf(sizeBytes);
  await then();
}

export type Digest = { readonly sizeBytes: number; readonly sha256: string };

/** Size and lower-case hex digest of everything in `bytes`. */
export async function digestOf(bytes: ByteStream): Promise<Digest> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const piece of bytes) {
    hash.update(piece);
    sizeBytes += piece.byteLength;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** The bytes of a short stream as numbers. */
export async function numbersOf(bytes: ByteStream): Promise<number[]> {
  const numbers: number[] = [];
  for await (const piece of bytes) for (const byte of piece) numbers.push(byte);
  return numbers;
}
