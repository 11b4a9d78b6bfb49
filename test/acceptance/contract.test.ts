import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayProcess, spawnGateway } from '../support/acceptance/process.ts';

let gateway: GatewayProcess;
let token: string;
beforeAll(async () => {
  gateway = await spawnGateway();
  token = await gateway.token();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const HELLO = 'data:text/plain;base64,SGVsbG8=';
const ALLOWED = new Set([200, 400, 401, 403, 409, 500]);

type Sent = {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: { readonly [name: string]: string };
};

async function post({ body = '', headers = {} }: Sent) {
  const response = await fetch(`${gateway.url}/v1/resources`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: JSON.parse(text) as { [key: string]: unknown } };
}

const valid = (change: object = {}) =>
  JSON.stringify({ name: crypto.randomUUID(), directory_path: '/', content: HELLO, ...change });

test('answers a create with every field of the contract, nullable ones null', async () => {
  const { status, json, headers } = await post({ body: valid({ tags: ['a'], metadata: { b: 1 } }) });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(json).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    account_id: 'acme',
    name: expect.any(String),
    directory_path: '/',
    mime_type: 'text/plain',
    sha256: '185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969',
    original_uri: null,
    external_id: null,
    external_storage_type: null,
    storage_bucket: expect.any(String),
    storage_key: expect.any(String),
    size_bytes: 5,
    tags: ['a'],
    metadata: { b: 1 },
    created_by: 'alice',
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    updated_at: json.created_at,
  });
});

test('the fields are those that the contract lists', async () => {
  const yaml = readFileSync(new URL('../contract/create-resource.openapi.yaml', import.meta.url), 'utf8');
  const schema = /\n {4}Resource:\n([\s\S]*?)\n {4}ExternalStorageType:/.exec(yaml)?.[1] ?? '';
  const listed = [...schema.matchAll(/^ {8}(\w+):$/gm)].map((match) => match[1]);
  const { json } = await post({ body: valid() });
  expect(Object.keys(json).sort()).toEqual(listed.sort());
});

const BAD: readonly (Sent & { readonly says: string; readonly status: number })[] = [
  { says: 'no body', body: '', status: 400 },
  { says: 'malformed JSON', body: '{"name":', status: 400 },
  { says: 'JSON that is no object', body: '[]', status: 400 },
  { says: 'JSON null', body: 'null', status: 400 },
  { says: 'bytes after the document', body: `${valid()}x`, status: 400 },
  { says: 'invalid UTF-8', body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), status: 400 },
  { says: 'another content type', body: valid(), headers: { 'content-type': 'text/plain' }, status: 400 },
  { says: 'a broken content type', body: valid(), headers: { 'content-type': ';;;' }, status: 400 },
  {
    says: 'another charset',
    body: valid(),
    headers: { 'content-type': 'application/json; charset=latin1' },
    status: 400,
  },
  { says: 'a compressed body', body: valid(), headers: { 'content-encoding': 'gzip' }, status: 400 },
  { says: 'fields beyond 1 MiB', body: valid({ metadata: { a: 'x'.repeat(1024 * 1024) } }), status: 400 },
  { says: 'a body nested too deep', body: '['.repeat(100_000), status: 400 },
  { says: 'no token', body: valid(), headers: { authorization: '' }, status: 401 },
  { says: 'a broken token', body: valid(), headers: { authorization: 'Bearer a.b.c' }, status: 401 },
  { says: 'another scheme', body: valid(), headers: { authorization: 'Basic YTpi' }, status: 401 },
];

describe('refuses, with a sentence and nothing else,', () => {
  test.each(BAD)('$says', async ({ status, ...sent }) => {
    const answer = await post(sent);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(Object.keys(answer.json)).toEqual(['error']);
    expect(answer.json.error).toMatch(/\w+ \w+/);
    if (status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });
});

test('two thousand creates of one name make one resource', async () => {
  const body = valid({ name: 'raced' });
  const statuses = new Map<number, number>();
  for (let sent = 0; sent < 2000; sent += 200) {
    const answers = await Promise.all(Array.from({ length: 200 }, () => post({ body })));
    for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  expect(Object.fromEntries(statuses)).toEqual({ 200: 1, 409: 1999 });
});

test('an account sees and collides with nothing of another', async () => {
  const body = valid({ name: 'shared' });
  const mine = await post({ body });
  const other = { authorization: `Bearer ${await gateway.token('--account', 'globex')}` };
  const theirs = await post({ body, headers: other });
  expect([mine.status, theirs.status]).toEqual([200, 200]);
  expect(theirs.json.storage_key).not.toBe(mine.json.storage_key);
  const query = JSON.stringify({ query: `{ resource(id: "${mine.json.id}") { name } }` });
  const headers = { ...other, 'content-type': 'application/json' };
  const read = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: query });
  expect(await read.json()).toMatchObject({
    data: { resource: null },
    errors: [{ extensions: { code: 'NOT_FOUND' } }],
  });
});

test('no hostile string brings it down', async () => {
  const strings = [
    '\0',
    '\ud800',
    '__proto__',
    'constructor',
    '../../etc/passwd',
    '%2e%2e',
    '\u202e',
    'a'.repeat(70_000),
  ];
  for (const text of strings) {
    for (const change of [
      { name: text },
      { directory_path: text },
      { tags: [text] },
      { metadata: { [text]: text } },
      { content: text },
      { uri: text, content: undefined },
    ]) {
      const { status } = await post({ body: valid(change) });
      expect(ALLOWED.has(status) && status !== 500, `${JSON.stringify(change).slice(0, 80)} gave ${status}`).toBe(true);
    }
  }
});

/** Sends a head and nothing of the body that it announces, and waits for an answer. */
async function answerBeforeBody(path: string, head: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.write(`POST ${path} HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n${head}\r\n\r\n{"name":"`);
  let answer = '';
  for await (const chunk of socket) {
    answer += chunk;
    if (answer.includes('\r\n\r\n')) break;
  }
  return answer;
}

test.each(['/v1/resources', '/graphql', '/trpc/resource.create'])(
  '%s judges the token before the body',
  async (path) => {
    const answer = await answerBeforeBody(path, 'Authorization: Bearer nonsense\r\nContent-Length: 1000000000');
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).toMatch(/www-authenticate: Bearer/i);
  },
);

test('takes a sane request id and returns it', async () => {
  const { headers } = await post({ body: valid(), headers: { 'x-request-id': 'abc-123' } });
  expect(headers.get('x-request-id')).toBe('abc-123');
  const odd = await post({ body: valid(), headers: { 'x-request-id': 'a b"' } });
  expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('lets a browser frontend of another origin in', async () => {
  const preflight = await fetch(`${gateway.url}/v1/resources`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
});
