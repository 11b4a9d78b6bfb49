import { describe, expect, test } from 'vitest';
import { parseExpectedVersion, toRecordTag } from '../../../src/domain/change/expected-version.ts';

const SHOWN = '2026-11-23T01:02:03.004Z';
const TIME = new Date(SHOWN);

test('an ifMatch longer than the head of a request is refused unread', () => {
  const tags = Array.from({ length: 6_000 }, () => '"x"').join();
  expect(() => parseExpectedVersion(tags)).toThrow(/must not be longer than 16384 characters/);
});

describe('what is expected by ifMatch', () => {
  test.each([
    [SHOWN, [TIME]],
    ['2026-11-23T02:02:03.004+01:00', [TIME]],
    ['2026-11-23T01:02:03.004000Z', [TIME]],
    [`"${SHOWN}"`, [TIME]],
    [toRecordTag({ updatedAt: TIME }), [TIME]],
    [` "x" ,"${SHOWN}", "2026-11-23T01:02:04Z" `, [TIME, new Date('2026-11-23T01:02:04Z')]],
    [`W/"${SHOWN}"`, []],
    ['"185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969"', []],
    ['"2026-13-01T00:00:00.000Z"', []],
    ['""', []],
  ])('%j is %j', (ifMatch, updatedAt) => {
    expect(parseExpectedVersion(ifMatch)).toEqual({ updatedAt });
  });

  test.each([undefined, '*', ' * '])('%j is whatever there is', (ifMatch) => {
    expect(parseExpectedVersion(ifMatch)).toBeNull();
  });

  test.each([
    '',
    'yesterday',
    '2026-11-23',
    '2026-11-23T01:02:03',
    '2026-11-23T01:02:03.0041Z',
    '2026-13-23T01:02:03Z',
    `"${SHOWN}`,
    `"${SHOWN}" "x"`,
    `"${SHOWN}",`,
    `*, "${SHOWN}"`,
    `w/"${SHOWN}"`,
  ])('%j is refused', (ifMatch) => {
    expect(() => parseExpectedVersion(ifMatch)).toThrow('ifMatch must be');
  });
});
