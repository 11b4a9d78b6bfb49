import { expect, test } from 'vitest';
import { toSegment } from '../../console/src/files/segment.ts';

const TOTAL = 1_000_000;

test('a segment moves along before its end is on the screen, and back before its beginning is', () => {
  expect(toSegment(TOTAL, 0).shiftFor(299_500, 299_530)).toBeGreaterThan(0);
  expect(toSegment(TOTAL, 200_000).shiftFor(500, 530)).toBeLessThan(0);
  expect(toSegment(TOTAL, 0).shiftFor(0, 30)).toBe(0);
});

test.each([0, 5, 299_999, 300_000, 640_000, TOTAL - 1])(
  'whoever goes to row %i finds it laid out, and stays there',
  (index) => {
    for (const from of [0, 400_000, 900_000]) {
      const base = toSegment(TOTAL, from).baseFor(index);
      const { count, shiftFor } = toSegment(TOTAL, base);
      expect(index).toBeGreaterThanOrEqual(base);
      expect(index).toBeLessThan(base + count);
      if (base !== from) expect(shiftFor(index - base, index - base + 30)).toBe(0);
    }
  },
);
