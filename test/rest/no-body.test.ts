import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
let authorization: string;
beforeAll(async () => {
  gateway = await startGateway();
  authorization = `Bearer ${await gateway.token()}`;
});
afterAll(() => gateway[Symbol.asyncDispose]());

const ID = '01900000-0000-7000-8000-000000000000';
const ROUTES = [
  ['DELETE', `/v1/resources/${ID}`],
  ['DELETE', '/v1/directories?path=/nothing'],
  ['POST', `/v1/resources/${ID}/versions/1/restore`],
  ['DELETE', `/v1/trash/${ID}`],
  ['DELETE', '/v1/trash'],
  ['DELETE', `/v1/uploads/${ID}`],
  ['POST', `/v1/uploads/${ID}/complete`],
  ['DELETE', `/v1/webhooks/${ID}`],
  ['POST', `/v1/webhooks/${ID}/test`],
  ['POST', `/v1/webhooks/${ID}/rotate-secret`],
] as const;

type Sent = { body?: string; headers?: Record<string, string> };

async function send(method: string, path: string, { body, headers: more }: Sent = {}) {
  const headers = { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...more };
  const response = await fetch(gateway.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, json: (await response.json()) as { error?: string; id?: string } };
}

test.each(ROUTES)('%s %s takes nothing in a body, and refuses what is said there', async (method, path) => {
  const without = await send(method, path);
  for (const body of ['{}', 'null', '']) expect(await send(method, path, { body })).toEqual(without);
  const { status, json } = await send(method, path, {
    body: '{"if_match":"2026-01-01T00:00:00.000Z","permanent":false}',
  });
  expect([status, json]).toEqual([400, { error: '"if_match" is not known here; leave it out' }]);
  for (const body of ['[1]', '"a"', '7']) {
    expect(await send(method, path, { body })).toEqual({
      status: 400,
      json: { error: 'no body is taken here; send none' },
    });
  }
  expect(
    (await send(method, path, { body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }))
      .status,
  ).toBe(400);
});

test.each(ROUTES)('%s %s judges the token before the body', async (method, path) => {
  expect((await send(method, path, { body: '{"a":1}', headers: { authorization: 'Bearer none' } })).status).toBe(401);
});

test('a condition in the body of a delete does not let it go through', async () => {
  const body = JSON.stringify({ name: 'a', directory_path: '/', content: 'data:text/plain;base64,SGVsbG8=' });
  const { json } = await send('POST', '/v1/resources', { body });
  const path = `/v1/resources/${json.id}`;
  expect((await send('DELETE', path, { body: '{"if_match":"2000-01-01T00:00:00.000Z"}' })).status).toBe(400);
  expect((await send('GET', path)).status).toBe(200);
});
