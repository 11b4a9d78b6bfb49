import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
let authorization: string;
beforeAll(async () => {
  gateway = await startGateway();
  authorization = `Authorization: Bearer ${await gateway.token()}`;
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** What comes back for these bytes until the connection closes. */
async function exchange(sent: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (piece) => {
    answer += piece;
  });
  socket.on('error', () => {});
  socket.write(sent);
  await once(socket, 'close');
  return answer;
}

const toRequest = (path: string, body: string, ...headers: string[]) =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: a',
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    '',
    body,
  ].join('\r\n');

const isFramedOnce = (answer: string) => {
  const head = answer.slice(0, answer.indexOf('\r\n\r\n'));
  return [...head.matchAll(/^(content-length|transfer-encoding):/gim)].length === 1;
};

const QUERY = JSON.stringify({ query: '{ resources { edges { cursor } } }' });
const LIST = '/trpc/resource.list,resource.list?batch=1';

test.each([
  ['a GraphQL answer in parts', () => toRequest('/graphql', QUERY, 'Accept: multipart/mixed', authorization), 200],
  ['a refused GraphQL answer in parts', () => toRequest('/graphql', QUERY, 'Accept: multipart/mixed'), 401],
  [
    'a tRPC answer in lines',
    () => toRequest(LIST, '{"0":{},"1":{}}', 'trpc-accept: application/jsonl', authorization),
    200,
  ],
  ['a refused tRPC answer in lines', () => toRequest(LIST, '{}', 'trpc-accept: application/jsonl'), 200],
])('%s names one end', async (_what, toSend, status) => {
  const answer = await exchange(toSend());
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(isFramedOnce(answer)).toBe(true);
});

const CHUNKED = '2\r\n{}\r\n0\r\n\r\n';

test.each(['gzip, chunked', 'identity, chunked', 'chunked, chunked'])(
  'refuses a body in the transfer encoding %s, and what follows it',
  async (encoding) => {
    const first = `POST /graphql HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ${encoding}\r\n\r\n${CHUNKED}`;
    const answer = await exchange(`${first}GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain('HTTP/1.1 200');
  },
);

test.each(['2.0', '0.9'])('refuses HTTP/%s', async (version) => {
  const answer = await exchange(`GET /healthz HTTP/${version}\r\nHost: a\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 (400|505) /);
  expect(answer).toMatch(/connection: close/i);
});

test('tells who sent too large a head, and counts it', async () => {
  const answer = await exchange(`GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*larger than 16384 bytes/);
  expect(answer).toMatch(/^x-request-id: [\w-]{36}\r$/m);
  expect(answer).toMatch(/^access-control-allow-origin: \*\r$/m);
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toMatch(/^http_requests_total\{method="none",route="none",status="400"\} [1-9]\d*$/m);
});

test('a request without Host is refused as any other, and counted', async () => {
  const answer = await exchange('GET /v1/resources HTTP/1.1\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toMatch(/^x-request-id: [\w-]{36}\r$/m);
  expect(answer).toMatch(/^x-error-code: malformed_request\r$/m);
  expect(answer).toContain('{"error":"the header Host is missing; name the host that is asked"}');
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toMatch(/^http_requests_total\{method="GET",route="\/v1\/resources",status="400"\} [1-9]\d*$/m);
});

test('HTTP/1.0 needs no Host', async () => {
  expect(await exchange('GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
});
