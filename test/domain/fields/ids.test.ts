import { expect, test } from 'vitest';
import { createId, createStorageKey, isId } from '../../../src/domain/fields/ids.ts';

test('an id is a uuid of version 7 that carries its time', () => {
  const id = createId(0x0123456789ab);
  expect(id).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(isId(id)).toBe(true);
});

test('ids order by time and do not repeat', () => {
  const ids = Array.from({ length: 5000 }, (_, ms) => createId(1_700_000_000_000 + ms));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(Array.from({ length: 5000 }, () => createId(1))).size).toBe(5000);
});

test('a storage key is spread over folders', () => {
  expect(createStorageKey()).toMatch(/^([0-9a-f]{2})\/[0-9a-f-]{34}\1$/);
});
