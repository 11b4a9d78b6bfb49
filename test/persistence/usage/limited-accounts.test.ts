import { expect, test } from 'vitest';
import { createLimitedAccounts } from '../../../src/persistence/usage/limited-accounts.ts';

const NONE = { bytes: null, resources: null };

test('nobody is known to have a quota until it is seen, and for a minute from then on', () => {
  let ms = 0;
  const limited = createLimitedAccounts(NONE, () => ms);
  expect(limited.hasAny(['a', 'b'])).toBe(false);
  limited.add(['b']);
  expect(limited.hasAny(['a', 'b'])).toBe(true);
  expect(limited.hasAny(['a'])).toBe(false);
  ms = 60_000;
  expect(limited.hasAny(['a', 'b'])).toBe(false);
  limited.add(['b']);
  expect(limited.hasAny(['b'])).toBe(true);
});

test('where everybody has a quota nobody is looked for', () => {
  expect(createLimitedAccounts({ ...NONE, resources: 1 }).hasAny(['a'])).toBe(true);
});

test('of many accounts the ones that were seen last are remembered', () => {
  const limited = createLimitedAccounts(NONE);
  const names = Array.from({ length: 10_001 }, (_, index) => `${index}`);
  for (const name of names) limited.add([name]);
  expect(['0', '1', '10000'].map((name) => limited.hasAny([name]))).toEqual([false, true, true]);
});
