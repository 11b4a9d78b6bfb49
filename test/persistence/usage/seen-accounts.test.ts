import { expect, test } from 'vitest';
import { createSeenAccounts } from '../../../src/persistence/usage/seen-accounts.ts';

test('an account is seen until its time has passed, and again when it is seen anew', () => {
  let ms = 0;
  const seen = createSeenAccounts({ keptMs: 60_000, now: () => ms });
  expect(seen.hasAny(['a', 'b'])).toBe(false);
  seen.add(['b']);
  expect(seen.hasAny(['a', 'b'])).toBe(true);
  expect(seen.hasAny(['a'])).toBe(false);
  ms = 60_000;
  expect(seen.hasAny(['a', 'b'])).toBe(false);
  seen.add(['b']);
  expect(seen.hasAny(['b'])).toBe(true);
});

test('an account that is forgotten was never seen', () => {
  const seen = createSeenAccounts({ keptMs: 60_000 });
  seen.add(['a', 'b']);
  seen.forget('a');
  expect(seen.hasAny(['a'])).toBe(false);
  expect(seen.hasAny(['b'])).toBe(true);
});

test('of many accounts the ones that were seen last are remembered', () => {
  const seen = createSeenAccounts({ keptMs: 60_000 });
  const names = Array.from({ length: 10_001 }, (_, index) => `${index}`);
  for (const name of names) seen.add([name]);
  expect(['0', '1', '10000'].map((name) => seen.hasAny([name]))).toEqual([false, true, true]);
});
