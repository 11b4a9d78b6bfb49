import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const LONG = 'a'.repeat(5_000);

async function ask(method: string, path: string) {
  const headers = { authorization: `Bearer ${await gateway.token()}`, origin: 'https://elsewhere.example' };
  const response = await fetch(gateway.url + path, { method, headers });
  const { status, headers: told } = response;
  return { status, told, body: (await response.json()) as Record<string, unknown> };
}

test.each(['/v1/resources/%zz', '/v1/uploads/%ff', '/v1/tus/%', '/trpc/%c3%28', '/console/%zz', '/%e0%80?a=%zz'])(
  'refuses %s, which nobody can decode, as any other request and without repeating it',
  async (path) => {
    const { status, told, body } = await ask('GET', path);
    expect(status).toBe(400);
    expect(body).toEqual({
      error: 'the address cannot be decoded: after each % there must be two digits of UTF-8 in hex',
    });
    expect(told.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    expect(told.get('access-control-allow-origin')).toBe('*');
    expect(told.get('x-content-type-options')).toBe('nosniff');
  },
);

test('counts what could not be decoded', async () => {
  await ask('GET', '/%zz');
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toMatch(/^http_requests_total\{method="GET",route="none",status="400"\} [1-9]\d*$/m);
});

test.each([
  ['GET', `/v1/resources/${LONG}`, 404],
  ['GET', `/v1/resources/${LONG}/content`, 404],
  ['GET', `/v1/uploads/${LONG}`, 404],
  ['POST', `/v1/uploads/${LONG}/complete`, 404],
  ['GET', `/v1/webhooks/${encodeURIComponent('\u0300'.repeat(800))}`, 404],
  ['DELETE', `/v1/trash/${LONG}`, 200],
])(
  '%s with an id of thousands of characters is answered as any other that does not exist (%#)',
  async (method, path, expected) => {
    const { status, told, body } = await ask(method, path);
    expect(status).toBe(expected);
    expect(told.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    expect(JSON.stringify(body)).not.toContain('aaaa');
  },
);

test('a query that cannot be decoded is no reason to refuse an address', async () => {
  expect((await ask('GET', '/healthz?%zz')).status).toBe(200);
});
