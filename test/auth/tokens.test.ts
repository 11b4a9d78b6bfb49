import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import {
  createLocalJWKSet,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyToken } from '../../src/auth/verify-token.ts';
import { nowSeconds, openFor, refusal } from '../support/auth/asking.ts';
import { type Issuer, openIssuer, SIGNING_ALGORITHMS } from '../support/servers/issuer.ts';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await openIssuer();
});
afterAll(() => issuer.close());

const honest = (): JWTPayload => ({
  iss: issuer.url,
  aud: issuer.audience,
  exp: nowSeconds() + 60,
  account_id: 'acme',
});

const without = (name: string): JWTPayload => {
  const { [name]: _dropped, ...rest } = honest();
  return rest;
};

describe('a token of a real issuer', () => {
  test.each(SIGNING_ALGORITHMS)('is accepted when signed with %s', async (algorithm) => {
    await using authenticator = await openFor(issuer);
    const token = await issuer.issueToken({ algorithm, scope: 'resources:write' });
    expect(await authenticator.authenticate(`Bearer ${token}`)).toEqual({
      accountId: 'acme',
      subject: 'uploader',
      scopes: new Set(['resources:write']),
      expiresAtMs: expect.any(Number),
    });
  });

  test('may list its scopes in scp and have no sub', async () => {
    await using authenticator = await openFor(issuer);
    const token = await issuer.issueToken({ claims: { sub: null, scope: null, scp: ['resources:read'] } });
    expect(await authenticator.authenticate(`Bearer ${token}`)).toEqual({
      accountId: 'acme',
      subject: null,
      scopes: new Set(['resources:read']),
      expiresAtMs: expect.any(Number),
    });
  });

  test('names its account in the claim that the deployment chose', async () => {
    await using authenticator = await openFor(issuer, { accountClaim: 'https://example.com/tenant' });
    const token = await issuer.issueToken({ claims: { 'https://example.com/tenant': 'globex' } });
    expect(await authenticator.authenticate(`bearer ${token}`)).toMatchObject({ accountId: 'globex' });
  });

  test('is refused without the claim that names its account', async () => {
    await using authenticator = await openFor(issuer);
    const token = await issuer.issueToken({ claims: { account_id: null } });
    expect(await refusal(() => authenticator.authenticate(`Bearer ${token}`))).toContain('"account_id" is missing');
  });
});

describe('a token signed by the issuer', () => {
  test('needs no kid, whichever of several published keys has signed it', async () => {
    await using rotating = await openIssuer();
    const signers = [rotating.signingKey('ES256')];
    await rotating.rotateKeys({ keepOld: true });
    signers.push(rotating.signingKey('ES256'));
    await using authenticator = await openFor(rotating);
    const payload = { ...honest(), iss: rotating.url };
    const answers = signers.map(async (key) => {
      const token = await new SignJWT(payload).setProtectedHeader({ alg: 'ES256' }).sign(await importJWK(key, 'ES256'));
      return await authenticator.authenticate(`Bearer ${token}`);
    });
    expect(await Promise.all(answers)).toMatchObject([{ accountId: 'acme' }, { accountId: 'acme' }]);
    const { privateKey } = await generateKeyPair('ES256');
    const foreign = await new SignJWT(payload).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    expect(await refusal(() => authenticator.authenticate(`Bearer ${foreign}`))).toContain('signature does not match');
  });

  test.each([
    ['aud is a list with this service in it', () => ({ ...honest(), aud: ['other', issuer.audience] })],
    ['it expired within the 5 s that clocks may differ', () => ({ ...honest(), exp: nowSeconds() - 3 })],
    ['it becomes valid within the 5 s that clocks may differ', () => ({ ...honest(), nbf: nowSeconds() + 3 })],
  ])('is accepted when %s', async (_what, payload) => {
    await using authenticator = await openFor(issuer);
    expect(await authenticator.authenticate(`Bearer ${await issuer.sign(payload())}`)).toMatchObject({
      accountId: 'acme',
    });
  });

  test.each([
    ['another iss', () => ({ ...honest(), iss: 'https://issuer.example' }), 'issuer that is not trusted'],
    ['no iss', () => without('iss'), '"iss" is missing'],
    ['another aud', () => ({ ...honest(), aud: 'other' }), 'issued for another service'],
    ['no aud', () => without('aud'), '"aud" is missing'],
    ['a past exp', () => ({ ...honest(), exp: nowSeconds() - 60 }), 'the token has expired; get a new one'],
    ['no exp', () => without('exp'), '"exp" is missing'],
    [
      'an exp that is a string',
      () => ({ ...honest(), exp: '9999999999' as unknown as number }),
      '"exp" must be a number',
    ],
    ['an nbf to come', () => ({ ...honest(), nbf: nowSeconds() + 60 }), 'not valid yet'],
  ])('is refused with %s', async (_what, payload, reason) => {
    await using authenticator = await openFor(issuer);
    const told = await refusal(async () => authenticator.authenticate(`Bearer ${await issuer.sign(payload())}`));
    expect(told).toMatch(/^unauthenticated: /);
    expect(told).toContain(reason);
  });

  test('is refused when one character of its claims is changed', async () => {
    await using authenticator = await openFor(issuer);
    const [header, , signature] = (await issuer.sign(honest())).split('.');
    const claims = Buffer.from(JSON.stringify({ ...honest(), account_id: 'bcme' })).toString('base64url');
    const told = await refusal(() => authenticator.authenticate(`Bearer ${header}.${claims}.${signature}`));
    expect(told).toContain('signature does not match');
  });
});

describe('a forged token', () => {
  const isRefused = async (token: string, reason: string) => {
    await using authenticator = await openFor(issuer);
    const told = await refusal(() => authenticator.authenticate(`Bearer ${token}`));
    expect(told).toMatch(/^unauthenticated: /);
    expect(told).toContain(reason);
  };

  test('is refused when it has no signature (alg none)', async () => {
    await isRefused(new UnsecuredJWT(honest()).encode(), 'must be signed with one of');
  });

  test.each(['HS256', 'HS512'])('is refused when the public key served as the secret of %s', async (alg) => {
    const { n, e } = issuer.signingKey('RS256');
    const publicKey = await importJWK({ kty: 'RSA', n, e } as Parameters<typeof importJWK>[0], 'RS256');
    const secret = new TextEncoder().encode(await exportSPKI(publicKey as CryptoKey));
    const kid = issuer.signingKey('RS256').kid as string;
    await isRefused(
      await new SignJWT(honest()).setProtectedHeader({ alg, kid }).sign(secret),
      'must be signed with one of',
    );
  });

  test('is refused when signed with HS256, even should a key set offer the secret', async () => {
    const secret = crypto.getRandomValues(new Uint8Array(32));
    const token = await new SignJWT(honest()).setProtectedHeader({ alg: 'HS256' }).sign(secret);
    const rules = { issuer: issuer.url, audience: issuer.audience, keys: () => secret };
    expect(await refusal(() => verifyToken(token, rules))).toContain('must be signed with one of');
  });

  test('is refused when a foreign key signed under the kid of a published one', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const kid = issuer.signingKey('ES256').kid as string;
    const token = await new SignJWT(honest()).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
    await isRefused(token, 'signature does not match');
  });

  test('is refused when a foreign key signed without a kid', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    await isRefused(
      await new SignJWT(honest()).setProtectedHeader({ alg: 'ES256' }).sign(privateKey),
      'signature does not match',
    );
  });

  test('is refused when it brings its own key along', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    const token = await new SignJWT(honest()).setProtectedHeader({ alg: 'ES256', kid: 'mine', jwk }).sign(privateKey);
    await isRefused(token, 'does not publish');
  });

  test.each(['a', 'a.b', 'a.b.c', '..', 'a.b.c.d.e', 'e30.e30.', `${'a'.repeat(4000)}.b.c`])(
    'is refused when it is %j',
    (token) => isRefused(token, 'not a well-formed signed JWT'),
  );
});

test('a call without a header or with a huge one is refused without asking the issuer', async () => {
  await using authenticator = await openFor(issuer);
  const before = issuer.jwksRequests();
  expect(await refusal(() => authenticator.authenticate(undefined))).toContain('a token is needed');
  expect(await refusal(() => authenticator.authenticate(`Bearer ${'a'.repeat(100_000)}`))).toContain(
    'longer than 8192',
  );
  expect(issuer.jwksRequests()).toBe(before);
});

describe('beside an RSA key of 1024 bits', () => {
  const newKey = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey;
  type Key = ReturnType<typeof newKey>;
  const publish = (key: Key, kid: string) => ({ ...createPublicKey(key).export({ format: 'jwk' }), kid });
  /** By hand, since jose signs with no such key. */
  const signWith = (key: Key, header: object = {}) => {
    const parts = [{ alg: 'RS256', ...header }, honest()];
    const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
  };
  const weak = newKey(1024);
  const strong = newKey(2048);
  const rulesOf = (...keys: ReturnType<typeof publish>[]) => ({
    issuer: issuer.url,
    audience: issuer.audience,
    keys: createLocalJWKSet({ keys: keys as JWK[] }),
  });

  test.each([[['weak', 'strong']], [['strong', 'weak']]])(
    'a token without kid is judged by each of %j',
    async (order) => {
      const rules = rulesOf(...order.map((kid) => publish(kid === 'weak' ? weak : strong, kid)));
      expect(await verifyToken(signWith(strong), rules)).toMatchObject({ account_id: 'acme' });
      expect(await refusal(() => verifyToken(signWith(weak), rules))).toMatch(/^unauthenticated: .*does not match/);
    },
  );

  test.each([{}, { kid: 'weak' }])(
    'a token of that key with the header %j is refused, not a failure',
    async (header) => {
      const told = await refusal(() => verifyToken(signWith(weak, header), rulesOf(publish(weak, 'weak'))));
      expect(told).toMatch(/^unauthenticated: .*below 2048 bits/);
    },
  );

  test('a token without kid is judged by sixteen keys and no more', async () => {
    const weakOnes = Array.from({ length: 16 }, (_, n) => publish(weak, `weak-${n}`));
    const good = publish(strong, 'strong');
    expect(await verifyToken(signWith(strong), rulesOf(...weakOnes.slice(1), good))).toMatchObject({
      account_id: 'acme',
    });
    expect(await refusal(() => verifyToken(signWith(strong), rulesOf(...weakOnes, good)))).toContain('does not match');
  });
});
