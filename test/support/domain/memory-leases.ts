// The points of one window that does not end, as gateways share them.
import type { RateLeases } from '../../../src/domain/caller/rate-points.ts';

export type MemoryLeases = RateLeases & {
  readonly leased: () => number;
  /** How often it was asked. */
  readonly asked: () => number;
  /** Begins the next window. */
  endWindow(): void;
};

const WINDOW_MS = 60_000;

/** The leases of one account, at a clock that stands still. */
export function createMemoryLeases(): MemoryLeases {
  let leased = 0;
  let asked = 0;
  let windowEnd = WINDOW_MS;
  return {
    leased: () => leased,
    asked: () => asked,
    endWindow() {
      windowEnd += WINDOW_MS;
      leased = 0;
    },
    async leasePoints({ wanted, points }) {
      asked += 1;
      const granted = Math.min(wanted, points - leased);
      leased += granted;
      return { granted, remaining: points - leased, windowEnd, endsInMs: WINDOW_MS };
    },
  };
}
