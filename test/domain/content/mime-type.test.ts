import { expect, test } from 'vitest';
import { isMimeType } from '../../../src/domain/content/mime-type.ts';

test('a type has blanks around its semicolons, and no more characters than a data URI has room for', () => {
  expect(isMimeType('text/plain ; charset=utf-8')).toBe(true);
  expect(isMimeType(`a/${'b'.repeat(1022)}`)).toBe(true);
  expect(isMimeType(`a/${'b'.repeat(1023)}`)).toBe(false);
});
