import { describe, expect, test } from 'vitest';
import { parseBearer } from '../../src/auth/bearer.ts';
import { refusal } from '../support/auth/asking.ts';

describe('an Authorization header', () => {
  test.each([
    ['Bearer abc.def.ghi', 'abc.def.ghi'],
    ['bearer abc', 'abc'],
    ['BEARER abc', 'abc'],
    ['Bearer   abc', 'abc'],
    ['Bearer a-._~+/9==', 'a-._~+/9=='],
  ])('%j holds the token %j', (authorization, token) => {
    expect(parseBearer(authorization)).toBe(token);
  });

  test.each([
    ['', 'a token is needed'],
    ['Basic dXNlcjpwYXNz', 'the form Bearer <token>'],
    ['abc.def.ghi', 'the form Bearer <token>'],
    ['Bearerabc', 'the form Bearer <token>'],
    ['Bearer', 'exactly one token'],
    ['Bearer ', 'exactly one token'],
    ['Bearer\tabc', 'the form Bearer <token>'],
    ['Bearer abc def', 'exactly one token'],
    ['Bearer abc, Bearer def', 'exactly one token'],
    ['Bearer abc,def', 'exactly one token'],
    ['Bearer "abc"', 'exactly one token'],
    ['Bearer =abc', 'exactly one token'],
    ['Bearer ab=c', 'exactly one token'],
    ['Bearer ümlaut', 'exactly one token'],
    ['Bearer abc\n', 'exactly one token'],
    [' Bearer abc', 'the form Bearer <token>'],
  ])('%j is refused: %s', async (authorization, reason) => {
    expect(await refusal(() => parseBearer(authorization))).toMatch(`unauthenticated: `);
    expect(await refusal(() => parseBearer(authorization))).toContain(reason);
  });

  test('may be 8192 bytes long and not one more', async () => {
    const longest = `Bearer ${'a'.repeat(8192 - 7)}`;
    expect(parseBearer(longest)).toHaveLength(8192 - 7);
    expect(await refusal(() => parseBearer(`${longest}a`))).toContain('longer than 8192 bytes');
  });
});
