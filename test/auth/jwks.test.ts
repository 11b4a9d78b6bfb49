import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openAuthenticator } from '../../src/auth/authenticator.ts';
import { GatewayError } from '../../src/domain/errors.ts';
import { disposable, openFor, refusal } from '../support/auth/asking.ts';
import { openIssuer } from '../support/servers/issuer.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

const advance = (ms: number) => vi.setSystemTime(Date.now() + ms);
const MINUTE_MS = 60_000;

test('the keys are fetched once for many tokens at once', async () => {
  await using issuer = await openIssuer();
  await using authenticator = await openFor(issuer);
  const tokens = await Promise.all(Array.from({ length: 10 }, () => issuer.issueToken()));
  await Promise.all(tokens.map((token) => authenticator.authenticate(`Bearer ${token}`)));
  expect(issuer.jwksRequests()).toBe(1);
});

test('a rotated key is picked up once the cool-down of 10 s is over, and not before', async () => {
  await using issuer = await openIssuer();
  await using authenticator = await openFor(issuer);
  await authenticator.authenticate(`Bearer ${await issuer.issueToken()}`);
  await issuer.rotateKeys();
  const fresh = `Bearer ${await issuer.issueToken()}`;
  advance(9_999);
  expect(await refusal(() => authenticator.authenticate(fresh))).toContain('does not publish');
  expect(issuer.jwksRequests()).toBe(1);
  advance(1);
  expect(await authenticator.authenticate(fresh)).toMatchObject({ accountId: 'acme' });
  expect(issuer.jwksRequests()).toBe(2);
});

test('invented kids make the keys be fetched at most once per cool-down', async () => {
  await using issuer = await openIssuer();
  await using authenticator = await openFor(issuer);
  for (let n = 0; n < 20; n += 1) {
    const token = await issuer.sign({ account_id: 'acme' }, { header: { kid: `invented-${n}` } });
    expect(await refusal(() => authenticator.authenticate(`Bearer ${token}`))).toMatch(
      /^unauthenticated: .*does not publish/,
    );
  }
  expect(issuer.jwksRequests()).toBe(1);
});

test('a token signed with a withdrawn key is accepted for five minutes and then refused', async () => {
  await using issuer = await openIssuer();
  await using authenticator = await openFor(issuer);
  const old = `Bearer ${await issuer.issueToken({ ttlSeconds: 3600 })}`;
  await authenticator.authenticate(old);
  await issuer.rotateKeys();
  advance(5 * MINUTE_MS - 1);
  expect(await authenticator.authenticate(old)).toMatchObject({ accountId: 'acme' });
  advance(1);
  expect(await refusal(() => authenticator.authenticate(old))).toContain('does not publish');
});

test('a known token is answered at once, also when the issuer is gone, until it expires', async () => {
  await using issuer = await openIssuer();
  await using authenticator = await openFor(issuer);
  const authorization = `Bearer ${await issuer.issueToken({ ttlSeconds: 60 })}`;
  const first = await authenticator.authenticate(authorization);
  await issuer.close();
  expect(authenticator.authenticate(authorization)).toBe(first);
  advance(MINUTE_MS + 5_000);
  expect(await refusal(() => authenticator.authenticate(authorization))).toContain('the token has expired');
});

test('an issuer that cannot be reached is our failure, with the cause kept for the log', async () => {
  await using issuer = await openIssuer();
  await using authenticator = await openFor(issuer);
  const authorization = `Bearer ${await issuer.issueToken()}`;
  await issuer.close();
  const thrown = await Promise.resolve(authenticator.authenticate(authorization)).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(GatewayError);
  expect(thrown).toMatchObject({ code: 'internal', cause: expect.any(Error) });
});

test.each(['/token', '/nowhere'])('an issuer that answers %s without keys is our failure', async (path) => {
  await using issuer = await openIssuer();
  const { url, audience } = issuer;
  const rules = { issuer: url, audience, accountClaim: 'account_id', maxStaleMs: 0 };
  const options = { kind: 'jwks', url: new URL(path, url), ...rules } as const;
  await using authenticator = disposable(await openAuthenticator(options));
  const authorization = `Bearer ${await issuer.issueToken()}`;
  expect(await refusal(() => authenticator.authenticate(authorization))).toMatch(/^internal: /);
});

test('a failure to fetch is not remembered: the next call succeeds when the issuer is back', async () => {
  await using issuer = await openIssuer();
  await using authenticator = await openFor(issuer);
  const authorization = `Bearer ${await issuer.issueToken()}`;
  issuer.interrupt();
  expect(await refusal(() => authenticator.authenticate(authorization))).toMatch(/^internal: /);
  issuer.resume();
  expect(await authenticator.authenticate(authorization)).toMatchObject({ accountId: 'acme' });
});

test('closing gives up a fetch that hangs', async () => {
  await using issuer = await openIssuer();
  const authenticator = await openFor(issuer);
  const authorization = `Bearer ${await issuer.issueToken()}`;
  const asked = issuer.stall();
  const waiting = Promise.resolve(authenticator.authenticate(authorization)).catch((error: unknown) => error);
  await asked;
  await authenticator.close();
  expect(await waiting).toMatchObject({ code: 'internal', cause: { name: 'AbortError' } });
});

test('the last good keys serve on for as long as is allowed while the issuer is away, and not longer', async () => {
  await using issuer = await openIssuer();
  await using authenticator = await openFor(issuer, { maxStaleMs: 60 * MINUTE_MS });
  const issue = async () => `Bearer ${await issuer.issueToken({ ttlSeconds: 4 * 3600 })}`;
  const [first, second, third, fourth] = [await issue(), await issue(), await issue(), await issue()];
  await authenticator.authenticate(first);
  issuer.interrupt();
  advance(5 * MINUTE_MS);
  expect(await authenticator.authenticate(second)).toMatchObject({ accountId: 'acme' });
  advance(60 * MINUTE_MS - 1);
  expect(await authenticator.authenticate(third)).toMatchObject({ accountId: 'acme' });
  await authenticator.check();
  advance(1);
  expect(await refusal(() => authenticator.authenticate(fourth))).toMatch(/^internal: /);
  const asked = issuer.jwksRequests();
  await expect(authenticator.check()).rejects.toThrow('503');
  expect(issuer.jwksRequests()).toBe(asked);
  issuer.resume();
  advance(10_000);
  await authenticator.check();
  expect(await authenticator.authenticate(fourth)).toMatchObject({ accountId: 'acme' });
});

test('an issuer that is away is asked at growing intervals while its last good keys serve', async () => {
  await using issuer = await openIssuer();
  await using authenticator = await openFor(issuer, { maxStaleMs: 60 * MINUTE_MS });
  await authenticator.check();
  issuer.interrupt();
  advance(5 * MINUTE_MS);
  await authenticator.check();
  expect(issuer.jwksRequests()).toBe(2);
  advance(9_999);
  for (let n = 0; n < 20; n += 1) await authenticator.check();
  expect(issuer.jwksRequests()).toBe(2);
  advance(1);
  await authenticator.check();
  await expect.poll(() => issuer.jwksRequests()).toBe(3);
});
