// Which of many values so many of them are not above.

/** Of values in ascending order; `q` from 0 to 1. 0 when there are none. */
export function toQuantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? 0;
}
