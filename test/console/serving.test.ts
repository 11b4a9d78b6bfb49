import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { type ConsoleSignIn, mountConsole } from '../../src/console/mount.ts';

const PAGE = '<!doctype html><title>Page</title>';
const SCRIPT = 'console.log(1);'.repeat(100);

async function startConsole({ isBuilt = true, signIn = null as ConsoleSignIn | null } = {}) {
  const cleanup = new AsyncDisposableStack();
  const { path: folder } = cleanup.use(await mkdtempDisposable(join(tmpdir(), 'console-')));
  if (isBuilt) {
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), PAGE);
    await writeFile(join(folder, 'preview.html'), PAGE);
    await writeFile(join(folder, 'sources.sha256'), 'not for the world');
    await writeFile(join(folder, 'assets/main-abc.js'), SCRIPT);
    await writeFile(join(folder, 'assets/main-abc.js.gz'), gzipSync(SCRIPT));
  }
  const app = cleanup.use(Fastify());
  const isThere = mountConsole(app, { folder, signIn });
  return { app, isThere, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}

test('the address without its slash leads to the one with it, also below a path of a proxy', async () => {
  await using console = await startConsole();
  const answer = await console.app.inject('/console');
  expect([answer.statusCode, answer.headers.location]).toEqual([302, 'console/']);
});

test('the page runs only programs of the gateway, cannot be framed, and makes no markup of strings', async () => {
  await using console = await startConsole();
  const { headers, body } = await console.app.inject('/console/');
  expect(body).toBe(PAGE);
  const policy = String(headers['content-security-policy']);
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"]) {
    expect(policy.split('; ')).toContain(part);
  }
  for (const part of ["frame-ancestors 'none'", "require-trusted-types-for 'script'", "base-uri 'none'"]) {
    expect(policy.split('; ')).toContain(part);
  }
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
});

test('the page of previews has no origin, and only the console may frame it', async () => {
  await using console = await startConsole();
  const { headers } = await console.app.inject('/console/preview.html');
  expect(String(headers['content-security-policy'])).toMatch(/^sandbox allow-scripts; default-src 'none'; /);
  expect(String(headers['content-security-policy'])).toContain("frame-ancestors 'self'");
  // A worker may be of its own making, since it has no origin that could be the gateway's; what that loads may not.
  expect(String(headers['content-security-policy'])).toContain("; script-src 'self'; ");
  expect(String(headers['content-security-policy'])).toContain('; worker-src blob:; ');
  expect(headers['x-frame-options']).toBe('SAMEORIGIN');
});

test('a file whose name holds its digest is kept for ever, the page is asked for each time', async () => {
  await using console = await startConsole();
  const asset = await console.app.inject('/console/assets/main-abc.js');
  expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  const page = await console.app.inject('/console/');
  expect(page.headers['cache-control']).toBe('no-cache');
  const { etag } = page.headers;
  const again = await console.app.inject({ url: '/console/', headers: { 'if-none-match': `"other", W/${etag}` } });
  expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag]);
});

test.each([
  ['gzip, br', 'gzip'],
  ['gzip;q=0', undefined],
  ['identity', undefined],
  ['', undefined],
])('who accepts %s gets %s', async (accepted, coding) => {
  await using console = await startConsole();
  const answer = await console.app.inject({
    url: '/console/assets/main-abc.js',
    headers: { 'accept-encoding': accepted },
  });
  expect(answer.headers).toMatchObject({ vary: 'Accept-Encoding', 'content-type': 'text/javascript; charset=utf-8' });
  expect(answer.headers['content-encoding']).toBe(coding);
  expect(answer.rawPayload.equals(coding === undefined ? Buffer.from(SCRIPT) : gzipSync(SCRIPT))).toBe(true);
});

test.each(['sources.sha256', 'assets/main-abc.js.gz', '../package.json', '%2e%2e/%2e%2e/package.json', 'assets', 'x'])(
  'there is nothing at %s',
  async (path) => {
    await using console = await startConsole();
    expect((await console.app.inject(`/console/${path}`)).statusCode).toBe(404);
  },
);

test('an issuer for people is told, and is all that the page may reach besides', async () => {
  const signIn = { issuer: 'https://id.example/realm', clientId: 'console', scope: 'openid', audience: null };
  await using console = await startConsole({ signIn });
  expect((await console.app.inject('/console/sign-in.json')).json()).toEqual(signIn);
  const { headers } = await console.app.inject('/console/');
  expect(String(headers['content-security-policy'])).toContain("connect-src 'self' https://id.example;");
});

test('an install without development tools says that it has no console', async () => {
  await using console = await startConsole({ isBuilt: false });
  expect(console.isThere).toBe(false);
  const { statusCode, body } = await console.app.inject('/console');
  expect([statusCode, body]).toEqual([200, expect.stringContaining('npm ci')]);
});
