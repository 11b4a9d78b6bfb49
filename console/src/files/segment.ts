// Browsers draw nothing that is higher than some 17 million pixels, which is less than half a million rows. Of a longer list
// a segment is laid out at a time, which moves along before its end is reached.

/** Rows that are laid out at once, and how far they move: far enough that nobody scrolls past in one go. */
const MAX_ROWS = 300_000;
const STEP = 100_000;
const MARGIN = 1_000;

export type Segment = {
  /** How many rows are laid out, from the base on. */
  readonly count: number;
  /** By how much the base is to move when these rows, counted from it, are on the screen. */
  shiftFor(from: number, to: number): number;
  /** The base with which this row is laid out, by whoever goes there at once. */
  baseFor(index: number): number;
};

/** @param base the first row that is laid out */
export function toSegment(total: number, base: number): Segment {
  const count = Math.max(0, Math.min(MAX_ROWS, total - base));
  return {
    count,
    shiftFor(from, to) {
      if (to > count - MARGIN && base + count < total) return STEP;
      if (from < MARGIN && base > 0) return -Math.min(STEP, base);
      return 0;
    },
    baseFor: (index) => (index >= base && index < base + count ? base : Math.max(0, index - STEP)),
  };
}
