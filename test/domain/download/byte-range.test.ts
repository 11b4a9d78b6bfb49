import { expect, test } from 'vitest';
import { countBytes, type RequestedRange, resolveRange } from '../../../src/domain/download/byte-range.ts';

const from = (start: number, end: number | null = null): RequestedRange => ({ kind: 'from', start, end });
const last = (count: number): RequestedRange => ({ kind: 'last', count });

test.each([
  ['nothing asked for is the whole', null, { sizeBytes: 10, range: null }],
  ['one byte', from(0, 0), { sizeBytes: 10, range: { start: 0, end: 0 } }],
  ['the last byte', from(9, 9), { sizeBytes: 10, range: { start: 9, end: 9 } }],
  ['from a byte to the end', from(4), { sizeBytes: 10, range: { start: 4, end: 9 } }],
  ['an end beyond the content is clamped', from(4, 10), { sizeBytes: 10, range: { start: 4, end: 9 } }],
  [
    'an end beyond what a number holds is clamped',
    from(4, Number.POSITIVE_INFINITY),
    { sizeBytes: 10, range: { start: 4, end: 9 } },
  ],
  ['a suffix', last(3), { sizeBytes: 10, range: { start: 7, end: 9 } }],
  ['a suffix longer than the content is the whole of it', last(11), { sizeBytes: 10, range: { start: 0, end: 9 } }],
  ['a suffix of an empty content is that content', last(1), { sizeBytes: 0, range: null }],
])('%s', (_says, requested, { sizeBytes, range }) => {
  expect(resolveRange(requested, sizeBytes)).toEqual(range);
});

test.each([
  ['a start one byte past the end', from(10), 10],
  ['any start in an empty content', from(0), 0],
  ['a suffix of no bytes', last(0), 10],
])('refuses %s', (_says, requested, sizeBytes) => {
  expect(() => resolveRange(requested, sizeBytes)).toThrow(expect.objectContaining({ code: 'range_not_satisfiable' }));
});

test('counts both ends of a range', () => {
  expect([countBytes(null, 10), countBytes({ start: 4, end: 4 }, 10)]).toEqual([10, 1]);
});
