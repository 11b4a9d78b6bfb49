import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const PATHS = ['/v1/resources', '/graphql', '/trpc/resource.create'];

test.each(
  PATHS.flatMap((path) => [';;;', '', 'text/plain', 'application/json; charset=utf-16'].map((type) => [path, type])),
)('%s refuses a body of the type %j with a 400 that says what to send', async (path, type) => {
  const headers = { authorization: `Bearer ${await gateway.token()}`, 'content-type': type as string };
  const response = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: '{}' });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('application/json');
});

test.each(PATHS)('%s judges the token before a content type that is none', async (path) => {
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': ';;;' },
    body: '{}',
  });
  expect(response.status).toBe(401);
});
