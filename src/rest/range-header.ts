// What a Range header asks for (RFC 9110, section 14.2), when it asks for something that one answer can hold.
import type { RequestedRange } from '../domain/download/byte-range.ts';
import type { ByteRange } from '../domain/flow/stream.ts';

const ONE_RANGE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/**
 * The range, or null for the whole content: without a header, for another unit, for several ranges at once (which a
 * server may answer with everything), and for what is no range at all, as the RFC has it.
 */
export function parseRangeHeader(header: string | undefined): RequestedRange | null {
  const match = header === undefined ? null : ONE_RANGE.exec(header);
  if (match === null) return null;
  const [, first = '', last = ''] = match;
  if (first === '') return last === '' ? null : { kind: 'last', count: Number(last) };
  const range = { start: Number(first), end: last === '' ? null : Number(last) };
  return range.end !== null && range.end < range.start ? null : { kind: 'from', ...range };
}

/** The value of Content-Range. */
export function toContentRange({ start, end }: ByteRange, sizeBytes: number): string {
  return `bytes ${start}-${end}/${sizeBytes}`;
}
