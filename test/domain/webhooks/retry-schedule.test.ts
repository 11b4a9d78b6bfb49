import { describe, expect, it } from 'vitest';
import { isStruggling, toNextAttempt, toResumption } from '../../../src/domain/webhooks/retry-schedule.ts';

const now = new Date('2026-01-01T00:00:00Z');
const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const secondsUntil = (date: Date | null) => date && (date.getTime() - now.getTime()) / 1000;

describe('a message that failed', () => {
  const pause = (failed: number, { retryAfterMs = null as number | null, random = 0 } = {}) =>
    secondsUntil(toNextAttempt(failed, { now, retryAfterMs, random }));

  it('is sent again with growing pauses, as Standard Webhooks has it, and given up after ten attempts', () => {
    const pauses = Array.from({ length: 10 }, (_, index) => pause(index + 1));
    const hours = [2, 5, 10, 14, 20, 24].map((count) => count * HOUR_S);
    expect(pauses).toEqual([5, 5 * MINUTE_S, 30 * MINUTE_S, ...hours, null]);
  });

  it('is not sent again together with others, nor earlier than the schedule says', () => {
    for (const random of [0, 0.5, 1]) expect(pause(4, { random })).toBeCloseTo(2 * HOUR_S * (1 + 0.2 * random));
  });

  it('waits for as long as the address asks, when that is longer', () => {
    expect(pause(1, { retryAfterMs: 60_000 })).toBe(60);
    expect(pause(4, { retryAfterMs: 60_000 })).toBe(2 * HOUR_S);
    expect(pause(10, { retryAfterMs: 60_000 })).toBeNull();
  });
});

describe('an address that fails', () => {
  const hold = (failures: number, retryAfterMs: number | null = null) =>
    secondsUntil(toResumption(failures, { now, retryAfterMs, random: 0 }));

  it('is left alone after five failures in a row, for twice as long each time, and at most half an hour', () => {
    expect([1, 2, 3, 4].map((failures) => hold(failures))).toEqual([null, null, null, null]);
    expect([5, 6, 7, 8].map((failures) => hold(failures))).toEqual([5, 10, 20, 40]);
    for (const failures of [20, 1_000, Number.MAX_SAFE_INTEGER]) expect(hold(failures)).toBe(30 * MINUTE_S);
    expect([4, 5].map(isStruggling)).toEqual([false, true]);
  });

  it('is left alone for as long as it asks', () => {
    expect(hold(1, 7_000)).toBe(7);
    expect(hold(6, 7_000)).toBe(10);
  });
});
