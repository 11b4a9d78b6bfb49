// When a message is sent again, and when an address is left alone.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** After each attempt that failed, the pause before the next; after the last there is none (Standard Webhooks 1.0). */
const PAUSES_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** So that what failed together does not come again together. */
const JITTER = 0.2;

/** So many failures in a row, and nothing but one message at a time is tried. */
const MAX_FAILURES = 5;
const FIRST_PAUSE_MS = 5 * SECOND_MS;
const LONGEST_PAUSE_MS = 30 * MINUTE_MS;

export type RetryOptions = {
  readonly now: Date;
  /** As the address asked for. */
  readonly retryAfterMs: number | null;
  /** From 0 to 1. */
  readonly random: number;
};

/** When the next attempt is due after so many that failed; null when there is to be none. */
export function toNextAttempt(failedAttempts: number, { now, retryAfterMs, random }: RetryOptions): Date | null {
  const pauseMs = PAUSES_MS[failedAttempts - 1];
  if (pauseMs === undefined) return null;
  const jittered = pauseMs * (1 + JITTER * random);
  return new Date(now.getTime() + Math.max(jittered, retryAfterMs ?? 0));
}

/** Until when an address is left alone after so many failures in a row, whatever is due; null: it is not. */
export function toResumption(failures: number, { now, retryAfterMs, random }: RetryOptions): Date | null {
  if (failures < MAX_FAILURES && retryAfterMs === null) return null;
  const doubled = FIRST_PAUSE_MS * 2 ** Math.min(Math.max(failures - MAX_FAILURES, 0), 16);
  const pauseMs = failures < MAX_FAILURES ? 0 : Math.min(doubled, LONGEST_PAUSE_MS) * (1 + JITTER * random);
  return new Date(now.getTime() + Math.max(pauseMs, retryAfterMs ?? 0));
}

/** Whether an address has failed so often that it is tried with one message alone. */
export function isStruggling(failures: number): boolean {
  return failures >= MAX_FAILURES;
}
