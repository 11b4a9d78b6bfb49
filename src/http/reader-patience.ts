// How long a client may take for an answer. What an answer holds meanwhile, memory or a turn at the store, others wait for.

export type ReaderPatience = {
  /** Longest time in which a client may take nothing. */
  readonly idleMs: number;
  /** Slowest average rate, judged once waiting for the client has taken `idleMs` in all. */
  readonly minBytesPerSecond: number;
};

/** For every answer; see docs/limits.md. */
export const READER_PATIENCE: ReaderPatience = { idleMs: 60_000, minBytesPerSecond: 4_096 };

/** Whether a client that was waited for so long in all has taken too few bytes. */
export function isTooSlow(
  { waitedMs, takenBytes }: { readonly waitedMs: number; readonly takenBytes: number },
  { idleMs, minBytesPerSecond }: ReaderPatience,
): boolean {
  return waitedMs > idleMs && (takenBytes / waitedMs) * 1000 < minBytesPerSecond;
}

/** The longest that a timer of Node knows. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How long an answer of so many bytes may take in all. */
export function toLongestMs(sizeBytes: number, { idleMs, minBytesPerSecond }: ReaderPatience): number {
  return Math.min(idleMs + (sizeBytes / minBytesPerSecond) * 1000, MAX_TIMER_MS);
}
