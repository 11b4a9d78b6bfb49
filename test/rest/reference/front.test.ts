import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { mountReference } from '../../../src/rest/reference/mount.ts';

/** As browsers send it. */
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

async function ask(accept?: string) {
  await using app = Fastify();
  mountReference(app, { hasConsole: false });
  return await app.inject({ url: '/', headers: accept === undefined ? {} : { accept } });
}

test.each([
  undefined,
  '*/*',
  'application/json',
  'application/json, text/html;q=0.9',
  'text/html;q=0',
  'text/html;q=x',
])('a program that accepts %s is told in JSON what this is and where things are', async (accept) => {
  const answer = await ask(accept);
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(answer.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', vary: 'Accept' });
  expect(answer.json()).toMatchObject({
    name: 'Resource gateway',
    version,
    links: { docs: '/docs', openapi: '/openapi.json', graphql: '/graphql', trpc: '/trpc' },
  });
});

test.each([BROWSER, 'Text/HTML', 'application/json;q=0.5, text/html'])(
  'a browser that accepts %s gets a page that loads nothing',
  async (accept) => {
    const { body, headers } = await ask(accept);
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', vary: 'Accept' });
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; base-uri/);
    for (const path of ['/docs', '/openapi.json', '/graphql']) expect(body).toContain(`href="${path}"`);
    expect(body).not.toMatch(/<script|<link|<img|\ssrc=|\sstyle=|https?:\/\//i);
  },
);
