import { describe, expect, test } from 'vitest';
import { parseClaims } from '../../src/auth/claims.ts';
import { refusal } from '../support/auth/asking.ts';

const parse = (payload: object, accountClaim = 'account_id') => parseClaims({ ...payload }, { accountClaim });

describe('the account', () => {
  test.each(['acme', 'a', 'ä'.repeat(127), 'x'.repeat(255), '日本 語'])('may be %j', (account) => {
    expect(parse({ account_id: account }).accountId).toBe(account);
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['null', null],
    ['a number', 7],
    ['a list', ['acme']],
    ['one byte too long', 'x'.repeat(256)],
    ['too long in bytes though not in characters', 'ä'.repeat(128)],
    ['with a NUL', 'ac\0me'],
    ['with a line break', 'ac\nme'],
    ['with a C1 control', 'ac\u0085me'],
    ['with a lone surrogate', 'ac\ud800me'],
  ])('is refused when it is %s', async (_what, account) => {
    const reason = await refusal(() => parse(account === undefined ? {} : { account_id: account }));
    expect(reason).toMatch(/^unauthenticated: the token's claim "account_id" .*; get a new token$/);
  });

  test('comes from the claim that the deployment names, whatever characters it has', () => {
    expect(parse({ 'https://example.com/tenant': 'acme' }, 'https://example.com/tenant').accountId).toBe('acme');
    expect(parse({ sub: 'acme' }, 'sub')).toMatchObject({ accountId: 'acme', subject: 'acme' });
  });

  test.each(['constructor', '__proto__', 'toString'])('is not found in what every object has: %s', async (name) => {
    expect(await refusal(() => parse({}, name))).toContain('is missing');
  });
});

describe('the subject', () => {
  const subjectOf = (sub?: unknown) => parse({ account_id: 'acme', ...(sub === undefined ? {} : { sub }) }).subject;

  test('is null without a sub', () => {
    expect(subjectOf()).toBeNull();
  });

  test('may have 255 characters, counted as a person counts them', () => {
    expect(subjectOf('😀'.repeat(255))).toBe('😀'.repeat(255));
  });

  test.each([
    ['longer than 255 characters', 'x'.repeat(256)],
    ['empty', ''],
    ['a number', 7],
    ['null', null],
    ['with a NUL', 'a\0'],
    ['with a lone surrogate', '\udfff'],
  ])('is refused when it is %s', async (_what, sub) => {
    expect(await refusal(() => subjectOf(sub))).toMatch(/^unauthenticated: the token's claim "sub"/);
  });
});

describe('the scopes', () => {
  const scopesOf = (claims: object) => [...parse({ account_id: 'acme', ...claims }).scopes];

  test.each([
    [{}, []],
    [{ scope: '' }, []],
    [{ scope: 'a b' }, ['a', 'b']],
    [{ scope: '  a   b a ' }, ['a', 'b']],
    [{ scp: ['a', 'b'] }, ['a', 'b']],
    [{ scp: 'a b' }, ['a', 'b']],
    [{ scope: 'a', scp: ['b'] }, ['a']],
    [{ scope: '', scp: ['b'] }, []],
  ])('of %j are %j', (claims, scopes) => {
    expect(scopesOf(claims)).toEqual(scopes);
  });

  test.each([
    { scope: 7 },
    { scope: ['a'] },
    { scope: null },
    { scp: 7 },
    { scp: null },
    { scp: ['a', 7] },
    { scp: { a: true } },
  ])('of %j are refused', async (claims) => {
    expect(await refusal(() => scopesOf(claims))).toMatch(/^unauthenticated: the token's claim "(scope|scp)" must be/);
  });
});
