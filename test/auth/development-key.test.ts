import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openAuthenticator } from '../../src/auth/authenticator.ts';
import { openDevelopmentKey, toPublicKey } from '../../src/auth/development-key.ts';
import { signDevelopmentToken } from '../../src/auth/development-token.ts';
import { disposable, refusal } from '../support/auth/asking.ts';

async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), 'development-key-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

const rules = { issuer: 'development', audience: 'resource-gateway', accountClaim: 'account_id' };
const caller = { account: 'acme', subject: 'alice', scope: 'resources:read', ttlSeconds: 60 };

test('is made with its folder, readable by nobody else', async () => {
  await using folder = await openFolder();
  const dataDir = join(folder.path, 'new', 'data');
  await openDevelopmentKey(dataDir);
  expect(await readdir(dataDir)).toEqual(['development-key.json']);
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  expect((await stat(join(dataDir, 'development-key.json'))).mode & 0o777).toBe(0o600);
});

test('stays the same when it is opened again', async () => {
  await using folder = await openFolder();
  expect(await openDevelopmentKey(folder.path)).toEqual(await openDevelopmentKey(folder.path));
});

test('is one and the same for eight who make it at the same time, and leaves nothing else behind', async () => {
  await using folder = await openFolder();
  const keys = await Promise.all(Array.from({ length: 8 }, () => openDevelopmentKey(folder.path)));
  expect(new Set(keys.map(({ d }) => d)).size).toBe(1);
  expect(await readdir(folder.path)).toEqual(['development-key.json']);
});

test('is refused when others can read its file', async () => {
  await using folder = await openFolder();
  await openDevelopmentKey(folder.path);
  await chmod(join(folder.path, 'development-key.json'), 0o640);
  await expect(openDevelopmentKey(folder.path)).rejects.toThrow(/can be read by others; run chmod 600/);
});

test.each(['', 'null', '{', '{"kty":"EC"}', '[]'])(
  'is refused when its file holds %j, and is not replaced',
  async (text) => {
    await using folder = await openFolder();
    const path = join(folder.path, 'development-key.json');
    await writeFile(path, text, { mode: 0o600 });
    await expect(openDevelopmentKey(folder.path)).rejects.toThrow(/is damaged; remove it/);
    expect(await readFile(path, 'utf8')).toBe(text);
  },
);

test('says what is wrong when its folder cannot be made', async () => {
  await using folder = await openFolder();
  await writeFile(join(folder.path, 'file'), '');
  await expect(openDevelopmentKey(join(folder.path, 'file', 'data'))).rejects.toThrow(/has no directory/);
});

test('shows no secret in its public half', async () => {
  await using folder = await openFolder();
  expect(Object.keys(toPublicKey(await openDevelopmentKey(folder.path))).sort()).toEqual([
    'alg',
    'crv',
    'kid',
    'kty',
    'use',
    'x',
    'y',
  ]);
});

test('signs tokens that an authenticator on the same folder accepts, and one on another folder refuses', async () => {
  await using folder = await openFolder();
  await using other = await openFolder();
  const token = await signDevelopmentToken(await openDevelopmentKey(folder.path), { ...rules, ...caller });
  await using ours = disposable(await openAuthenticator({ kind: 'development', dataDir: folder.path, ...rules }));
  await using theirs = disposable(await openAuthenticator({ kind: 'development', dataDir: other.path, ...rules }));
  expect(await ours.authenticate(`Bearer ${token}`)).toEqual({
    accountId: 'acme',
    subject: 'alice',
    scopes: new Set(['resources:read']),
    expiresAtMs: expect.any(Number),
  });
  expect(await refusal(() => theirs.authenticate(`Bearer ${token}`))).toContain('does not publish');
});

test('signs no token that would not be accepted', async () => {
  await using folder = await openFolder();
  const key = await openDevelopmentKey(folder.path);
  const told = await refusal(() => signDevelopmentToken(key, { ...rules, ...caller, account: 'ac\nme' }));
  expect(told).toContain('control characters');
});
