import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAuthenticator } from '../../src/auth/authenticator.ts';
import { disposable, nowSeconds } from '../support/auth/asking.ts';

const SCRIPT = join(import.meta.dirname, '../../src/commands/token.ts');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'token-script-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function runScript(args: string[], env: { [name: string]: string } = {}) {
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    env: { PATH: process.env.PATH, DATA_DIR: join(folder, 'data'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { stdout, stderr, exitCode: Number(exitCode) };
}

test('prints one token and a line break, which the server accepts', async () => {
  const { stdout, stderr, exitCode } = await runScript([]);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const claims = decodeJwt(stdout.trim());
  await using authenticator = disposable(
    await openAuthenticator({
      kind: 'development',
      dataDir: join(folder, 'data'),
      issuer: claims.iss as string,
      audience: claims.aud as string,
      accountClaim: 'account_id',
    }),
  );
  expect(await authenticator.authenticate(`Bearer ${stdout.trim()}`)).toEqual({
    accountId: 'acme',
    subject: 'alice',
    scopes: new Set(['resources:read', 'resources:write', 'resources:delete']),
    expiresAtMs: expect.any(Number),
  });
  expect((claims.exp as number) - nowSeconds()).toBeGreaterThan(86_000);
});

test('says in the token what its flags and the environment say', async () => {
  const flags = ['--account', 'globex', '--subject', 'bob', '--scope', 'resources:read', '--ttl', '60'];
  const env = { AUTH_ISSUER: 'me', AUTH_AUDIENCE: 'you', AUTH_ACCOUNT_CLAIM: 'tenant' };
  const claims = decodeJwt((await runScript(flags, env)).stdout.trim());
  expect(claims).toMatchObject({ iss: 'me', aud: 'you', tenant: 'globex', sub: 'bob', scope: 'resources:read' });
  expect((claims.exp as number) - (claims.iat as number)).toBe(60);
});

test('leaves the sub out when the subject is empty', async () => {
  expect(decodeJwt((await runScript(['--subject', ''])).stdout.trim())).not.toHaveProperty('sub');
});

test('makes one key when several run at once on an empty folder', async () => {
  const dataDir = join(folder, 'raced');
  const runs = await Promise.all([1, 2, 3, 4].map(() => runScript([], { DATA_DIR: dataDir })));
  const kids = runs.map(({ stdout }) => Buffer.from(stdout.split('.')[0] as string, 'base64url').toString());
  expect(new Set(kids).size).toBe(1);
  expect(await readdir(dataDir)).toEqual(['development-key.json']);
});

test('explains its flags', async () => {
  expect(await runScript(['--help'])).toMatchObject({ stdout: expect.stringContaining('--account'), exitCode: 0 });
});

test.each([
  [['--acount', 'acme'], "'--acount'"],
  [['acme'], "'acme'"],
  [['--account'], '--account'],
  [['--ttl', '1h'], '--ttl must be a whole number'],
  [['--ttl', '0'], '--ttl must be a whole number'],
  [['--account', ''], 'account_id'],
])('ends with 2 and prints no token for %j', async (flags, reason) => {
  const { stdout, stderr, exitCode } = await runScript(flags);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  expect(stderr).toContain(reason);
  expect(stderr).not.toContain('    at ');
});

test.each([
  [{ AUTH_JWKS_URL: 'https://issuer.example/jwks', AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a' }, 'AUTH_JWKS_URL is set'],
  [{ NODE_ENV: 'production' }, 'AUTH_JWKS_URL must be set in production'],
  [{ PORT: 'x' }, 'PORT'],
])('ends with 1 and prints no token under %j', async (env, reason) => {
  const { stdout, stderr, exitCode } = await runScript([], env);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
  expect(stderr).toContain(reason);
});
