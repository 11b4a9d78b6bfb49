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
const OLD = { 'if-match': '"2000-01-01T00:00:00.000Z"' };
type Sent = { body?: object; headers?: Record<string, string> };

async function send(method: string, path: string, { body, headers: more }: Sent = {}) {
  const headers = { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...more };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(gateway.url + path, { method, headers, ...sent });
  return { status: response.status, json: (await response.json()) as { error?: string; id?: string } };
}

test.each([
  ['POST', '/v1/resources/batch', { items: [] }],
  ['POST', '/v1/resources/delete', { ids: [] }],
  ['POST', `/v1/resources/${ID}/versions/1/restore`, undefined],
  ['DELETE', '/v1/directories?path=/a', undefined],
  ['POST', '/v1/directories/move', { from: '/a', to: '/b' }],
  ['POST', `/v1/trash/${ID}/restore`, {}],
  ['POST', '/v1/uploads', {}],
  ['PATCH', `/v1/webhooks/${ID}`, { enabled: false }],
])('%s %s follows no If-Match, and refuses what is sent with one', async (method, path, body) => {
  const sent = body === undefined ? {} : { body };
  const { status, json } = await send(method, path, { ...sent, headers: OLD });
  expect([status, json]).toEqual([400, { error: 'If-Match is not followed here; send the request without it' }]);
  expect((await send(method, path, { ...sent, headers: { ...OLD, authorization: 'Bearer none' } })).status).toBe(401);
  expect((await send(method, path, sent)).json.error ?? '').not.toContain('If-Match');
});

test('changes, deletes and creates of one resource still follow it, and lists do not mind', async () => {
  const body = { name: 'a', directory_path: '/', content: 'data:text/plain;base64,SGVsbG8=' };
  const { json } = await send('POST', '/v1/resources', { body });
  const path = `/v1/resources/${json.id}`;
  expect((await send('PATCH', path, { body: { tags: ['a'] }, headers: OLD })).status).toBe(412);
  expect((await send('DELETE', path, { headers: OLD })).status).toBe(412);
  const replacing = { ...body, on_conflict: 'replace' };
  expect((await send('POST', '/v1/resources', { body: replacing, headers: OLD })).status).toBe(409);
  expect((await send('GET', '/v1/resources', { headers: OLD })).status).toBe(200);
});
