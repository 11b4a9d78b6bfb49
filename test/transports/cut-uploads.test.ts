// A client that hangs up in the middle of its upload, by every entrance: what then fails is not ours to answer for.
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { readMetrics } from '../support/transports/observing.ts';

let gateway: Gateway;
let authorization: string;
beforeAll(async () => {
  gateway = await startGateway();
  authorization = `Bearer ${await gateway.token()}`;
});
afterAll(() => gateway[Symbol.asyncDispose]());

const JSON_TYPE = 'Content-Type: application/json';
const PIECE = 'A'.repeat(200_000);
const FIELDS = '"name":"cut","directoryPath":"/","content":"data:text/plain;base64,';
const PART = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
const QUERY = 'mutation ($input: CreateResourceInput!) { createResource(input: $input) { id } }';

test.each([
  ['/v1/resources', [JSON_TYPE], `{"directory_path":"/",${FIELDS.replace('directoryPath', 'x')}${PIECE}`],
  ['/v1/resources', ['Content-Type: multipart/form-data; boundary=b'], `${PART}${PIECE}`],
  ['/graphql', [JSON_TYPE], `{"query":"${QUERY}","variables":{"input":{${FIELDS}${PIECE}`],
  ['/trpc/resource.create', [JSON_TYPE], `{${FIELDS}${PIECE}`],
  [
    '/v1/tus',
    ['Tus-Resumable: 1.0.0', 'Upload-Length: 900000', 'Content-Type: application/offset+octet-stream'],
    PIECE,
  ],
  ['/v1/uploads', ['Upload-Complete: ?1', 'Content-Type: application/octet-stream'], PIECE],
])('an upload that is cut off at %s is no failure of ours (%#)', async (path, headers, begun) => {
  const { hostname, port } = new URL(gateway.url);
  const before = await readMetrics(gateway);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {}).resume();
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: a',
    `Authorization: ${authorization}`,
    'Content-Length: 900000',
    ...headers,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${begun}`, () => socket.destroy());
  const route = path.startsWith('/trpc/') ? '/trpc/*' : path;
  const left = `http_requests_total{method="POST",route="${route}",status="499"}`;
  await expect.poll(async () => (await readMetrics(gateway)).get(left)).toBe((before.get(left) ?? 0) + 1);
  const failures = [...(await readMetrics(gateway)).keys()].filter((name) => /status="5..|code="internal"/.test(name));
  expect(failures).toEqual([]);
});
