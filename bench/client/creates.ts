// Creates of any size: names, unless they are to be taken in turn, and contents that were never sent before, from one block of pseudo-random base64.
import { randomBytes } from 'node:crypto';
import type { WireRequest } from './connection.ts';
import type { Transport } from './transports.ts';

export type Create = {
  readonly transport: Transport;
  readonly sizeBytes: number;
  readonly token: string;
  /** How many names there are, in turn; a new one each time when absent. */
  readonly names?: number;
  /** `/bench` when absent. */
  readonly directory?: string;
  /** What the content begins with, so that it is one of its own; the same number gives the same content. */
  readonly contentSerial?: number;
};

/** A multiple of three, so that repeating its base64 gives the base64 of repeated bytes. */
const BLOCK_BYTES = 3 * 256 * 1024;
const BLOCK = Buffer.from(randomBytes(BLOCK_BYTES).toString('base64'), 'latin1');
/** Decimal digits belong to base64's alphabet: sixteen of them are the content's first twelve bytes. */
const SERIAL_DIGITS = 16;
const SERIAL_BYTES = 12;
/** Up to here a request is one string and one write. */
const MAX_SMALL_BYTES = 64 * 1024;

const SMALL = BLOCK.toString('latin1', 0, (MAX_SMALL_BYTES / 3) * 4);
let lastSerial = 0;

/** A number that no other content of this run has. */
export function takeSerial(): number {
  lastSerial += 1;
  return lastSerial;
}

/** A create with a new name; it is made while it is sent, and never whole when it is large. */
export function createRequest({
  transport,
  sizeBytes,
  token,
  names = Number.MAX_SAFE_INTEGER,
  directory = '/bench',
  contentSerial,
}: Create): WireRequest {
  const serial = takeSerial();
  const { before, after } = transport.frame({
    name: `bench-${String(serial % names).padStart(SERIAL_DIGITS, '0')}.txt`,
    directory,
  });
  const length = Math.ceil(sizeBytes / 3) * 4;
  const head =
    `POST ${transport.path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${token}\r\nAccept: application/json\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${before.length + length + after.length}\r\n\r\n`;
  const first = head + before + String(contentSerial ?? serial).padStart(SERIAL_DIGITS, '0');
  return sizeBytes <= MAX_SMALL_BYTES
    ? [first + smallBase64(sizeBytes - SERIAL_BYTES) + after]
    : largePieces(first, sizeBytes - SERIAL_BYTES, after);
}

function smallBase64(sizeBytes: number): string {
  const whole = Math.floor(sizeBytes / 3) * 4;
  return SMALL.slice(0, whole) + remainder(sizeBytes);
}

function* largePieces(first: string, sizeBytes: number, after: string): WireRequest {
  yield first;
  let left = Math.floor(sizeBytes / 3) * 4;
  for (; left >= BLOCK.length; left -= BLOCK.length) yield BLOCK;
  if (left > 0) yield BLOCK.subarray(0, left);
  yield remainder(sizeBytes) + after;
}

/** The last one or two bytes, with their padding. */
function remainder(sizeBytes: number): string {
  return ['', 'AA==', 'AAA='][sizeBytes % 3] as string;
}
