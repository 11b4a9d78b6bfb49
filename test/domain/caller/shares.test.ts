import { expect, test } from 'vitest';
import { createShares } from '../../../src/domain/caller/shares.ts';

const { signal } = new AbortController();
const SMALL = { max: 3, maxPerAccount: 2, waitMs: 60_000, maxWaitingPerAccount: 2, full: 'too many are running' };
const isSettled = async (promise: Promise<unknown>) =>
  await Promise.race([promise.then(() => true), new Promise((resolve) => setImmediate(resolve, false))]);

test('an account never has more than its share, and leaves the rest to others', async () => {
  const shares = createShares(SMALL);
  const first = await shares.enter('greedy', { signal });
  await shares.enter('greedy', { signal });
  const third = shares.enter('greedy', { signal });
  expect(await isSettled(third)).toBe(false);
  expect(await isSettled(shares.enter('other', { signal }))).toBe(true);
  first();
  first();
  expect(await isSettled(third)).toBe(true);
});

test('a free place goes to the account that has the fewest, not to who has waited longest', async () => {
  const shares = createShares({ ...SMALL, max: 2 });
  const leave = await shares.enter('greedy', { signal });
  await shares.enter('greedy', { signal });
  const more = shares.enter('greedy', { signal });
  const other = shares.enter('other', { signal });
  leave();
  expect([await isSettled(more), await isSettled(other)]).toEqual([false, true]);
});

test('who waits too long is told that it is full and when to try again', async () => {
  const shares = createShares({ ...SMALL, max: 1, maxPerAccount: 1, waitMs: 1 });
  await shares.enter('greedy', { signal });
  await expect(shares.enter('other', { signal })).rejects.toMatchObject({
    code: 'overloaded',
    message: 'too many are running at once; try again in 5 seconds',
    details: { retryAfterSeconds: 5 },
  });
});

test('an account whose line is full is refused at once, and another still waits', async () => {
  const shares = createShares({ ...SMALL, max: 1, maxPerAccount: 1 });
  await shares.enter('greedy', { signal });
  void shares.enter('greedy', { signal });
  void shares.enter('greedy', { signal });
  await expect(shares.enter('greedy', { signal })).rejects.toMatchObject({ code: 'overloaded' });
  expect(await isSettled(shares.enter('other', { signal }))).toBe(false);
});

test('who gives up loses its place in the line, and the next gets the turn', async () => {
  const shares = createShares({ ...SMALL, max: 1, maxPerAccount: 1 });
  const leave = await shares.enter('a', { signal });
  const giving = new AbortController();
  const given = shares.enter('a', { signal: giving.signal });
  const next = shares.enter('a', { signal });
  giving.abort(new Error('gone'));
  await expect(given).rejects.toThrow('gone');
  leave();
  expect(await isSettled(next)).toBe(true);
});
