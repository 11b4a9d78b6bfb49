import { METHODS } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const ID = '01900000-0000-7000-8000-000000000000';

test.each([
  ['PUT', '/v1/resources', 'GET, HEAD, POST'],
  ['PATCH', '/v1/resources?limit=1', 'GET, HEAD, POST'],
  ['POST', `/v1/resources/${ID}`, 'DELETE, GET, HEAD, PATCH'],
  ['POST', `/v1/resources/${ID}/content`, 'GET, HEAD'],
  ['DELETE', `/v1/resources/${ID}/download-url`, 'GET, HEAD'],
  ['PUT', '/v1/directories', 'DELETE, GET, HEAD'],
  ['GET', '/v1/directories/move', 'POST'],
  ['PUT', '/graphql', 'GET, HEAD, POST'],
  ['DELETE', '/trpc/resource.byId', 'GET, HEAD, POST'],
  ['POST', '/healthz', 'GET, HEAD'],
  ['POST', '/openapi.json', 'GET, HEAD'],
])('%s %s is 405 and says what is allowed', async (method, path, allowed) => {
  const response = await fetch(gateway.url + path, { method });
  expect([response.status, response.headers.get('allow')]).toEqual([405, allowed]);
  const body = (await response.json()) as { error: string };
  expect(Object.keys(body)).toEqual(['error']);
  expect(body.error).toContain(method);
});

test.each(METHODS.filter((method) => !['CONNECT', 'TRACE', 'GET', 'HEAD', 'OPTIONS', 'POST'].includes(method)))(
  '%s, which no route of lists knows, is 405 too',
  async (method) => {
    const response = await fetch(`${gateway.url}/v1/uploads`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS, POST']);
  },
);

test.each([
  ['/v1/resources', 'GET, HEAD, POST'],
  [`/v1/webhooks/${ID}`, 'DELETE, GET, HEAD, PATCH'],
  ['/graphql', 'GET, HEAD, POST'],
])('OPTIONS %s says what is allowed, also to who is no browser', async (path, allowed) => {
  const response = await fetch(gateway.url + path, { method: 'OPTIONS' });
  expect([response.status, response.headers.get('allow')]).toEqual([204, allowed]);
});

test.each([
  ['GET', '/v1/nothing'],
  ['POST', `/v1/resources/${ID}/nothing`],
  ['PUT', '/'.repeat(3)],
  ['GET', '/trpc'],
  ['GET', '/console/..%2f..%2fpackage.json'],
])('%s %s stays 404', async (method, path) => {
  const response = await fetch(gateway.url + path, { method });
  expect(response.status).toBe(404);
  expect(response.headers.has('allow')).toBe(false);
});
