import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTokenCache } from '../../src/auth/token-cache.ts';

const principal = {
  accountId: 'acme',
  subject: null,
  scopes: new Set<string>(),
  expiresAtMs: Number.POSITIVE_INFINITY,
};
const forMs = (lifeMs: number) => async () => ({ principal, expiresAtMs: Date.now() + lifeMs });
const MINUTE_MS = 60_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

const advance = (ms: number) => vi.setSystemTime(Date.now() + ms);

test('remembers a token until it expires and not a moment longer', async () => {
  const cache = createTokenCache({ maxTokens: 8 });
  expect(cache.find('t')).toBeUndefined();
  await cache.verify('t', forMs(1000));
  advance(999);
  expect(cache.find('t')).toBe(principal);
  advance(1);
  expect(cache.find('t')).toBeUndefined();
});

test('judges a long-lived token anew after five minutes, however often it is used', async () => {
  const cache = createTokenCache({ maxTokens: 8 });
  await cache.verify('t', forMs(24 * 60 * MINUTE_MS));
  for (let minute = 1; minute < 5; minute += 1) {
    advance(MINUTE_MS);
    expect(cache.find('t')).toBe(principal);
  }
  advance(MINUTE_MS);
  expect(cache.find('t')).toBeUndefined();
});

test('does not remember a token that is accepted only by the tolerance for clocks', async () => {
  const cache = createTokenCache({ maxTokens: 8 });
  expect(await cache.verify('t', forMs(-1000))).toBe(principal);
  expect(cache.find('t')).toBeUndefined();
});

test('judges once when a hundred calls bring one token at the same time', async () => {
  const cache = createTokenCache({ maxTokens: 8 });
  const verify = vi.fn(forMs(1000));
  await Promise.all(Array.from({ length: 100 }, () => cache.verify('t', verify)));
  expect(verify).toHaveBeenCalledTimes(1);
});

test.each([
  ['rejects', () => Promise.reject(new Error('no'))],
  [
    'throws',
    () => {
      throw new Error('no');
    },
  ],
])('does not remember a refusal that %s', async (_how, verify) => {
  const cache = createTokenCache({ maxTokens: 8 });
  await expect(cache.verify('t', verify)).rejects.toThrow('no');
  expect(cache.find('t')).toBeUndefined();
  expect(await cache.verify('t', forMs(1000))).toBe(principal);
});

test('holds at most maxTokens, and keeps the one that is in use', async () => {
  const cache = createTokenCache({ maxTokens: 8 });
  for (let n = 0; n < 100; n += 1) {
    await cache.verify(`t${n}`, forMs(MINUTE_MS));
    if (n >= 3) expect(cache.find('t3')).toBe(principal);
  }
  const held = Array.from({ length: 100 }, (_, n) => `t${n}`).filter((token) => cache.find(token) !== undefined);
  expect(held.length).toBeLessThanOrEqual(8);
  expect(held).toContain('t99');
});

test('forgets everything when cleared', async () => {
  const cache = createTokenCache({ maxTokens: 8 });
  await cache.verify('t', forMs(1000));
  cache.clear();
  expect(cache.find('t')).toBeUndefined();
});
