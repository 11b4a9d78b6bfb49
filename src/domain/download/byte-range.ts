// Which bytes of a content are asked for, and which of them there are. It refuses a range that holds none of them.
import { GatewayError } from '../errors.ts';
import type { ByteRange } from '../flow/stream.ts';

/** A range as a caller says it, before the size is known; numbers are whole and not negative. */
export type RequestedRange =
  /** From `start` to `end` inclusive, or to the last byte. */
  | { readonly kind: 'from'; readonly start: number; readonly end: number | null }
  /** The last `count` bytes. */
  | { readonly kind: 'last'; readonly count: number };

/**
 * The range, clamped to a content of `sizeBytes` (RFC 9110, section 14.1.2); null for the whole content.
 * @throws GatewayError `range_not_satisfiable` when not one byte of it exists
 */
export function resolveRange(requested: RequestedRange | null, sizeBytes: number): ByteRange | null {
  if (requested === null) return null;
  const last = sizeBytes - 1;
  if (requested.kind === 'last') {
    if (requested.count === 0) throw unsatisfiable(sizeBytes);
    // The last bytes of an empty content are all of it, and no range can say "nothing".
    return sizeBytes === 0 ? null : { start: Math.max(0, sizeBytes - requested.count), end: last };
  }
  if (requested.start > last) throw unsatisfiable(sizeBytes);
  return { start: requested.start, end: Math.min(requested.end ?? last, last) };
}

/** How many bytes a resolved range of a content of `sizeBytes` has. */
export function countBytes(range: ByteRange | null, sizeBytes: number): number {
  return range === null ? sizeBytes : range.end - range.start + 1;
}

function unsatisfiable(sizeBytes: number): GatewayError<'range_not_satisfiable'> {
  return new GatewayError('range_not_satisfiable', { sizeBytes });
}
