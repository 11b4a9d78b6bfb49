import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { KEYED_TRANSPORTS, send, toHeaders } from '../support/transports/keyed-requests.ts';

/** More than stays in memory: it is staged in the store. */
const BYTES = Buffer.alloc(200_000, 'a');
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const WRONG = '0'.repeat(64);

let gateway: Gateway;
let token: string;
beforeAll(async () => {
  gateway = await startGateway({ URI_ALLOW_HOSTS: '127.0.0.1' });
  token = await gateway.token();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Every file that the store has, staged or committed, without its label. */
async function countFiles(): Promise<number> {
  const entries = await readdir(join(gateway.dataDir, 'blobs'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name !== '.store').length;
}

async function postForm(path: string, fields: { [name: string]: string }) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([BYTES]), 'a.bin');
  const init = { method: 'POST', headers: toHeaders({ token, key: null }), body: form };
  const response = await fetch(`${gateway.url}${path}`, init);
  return { status: response.status, text: await response.text() };
}

test.each([
  ['REST', '/v1/resources', { directory_path: '/' }, 'expected_sha256'],
  ['tRPC', '/trpc/resource.create', { directoryPath: '/' }, 'expectedSha256'],
])('a form over %s is refused with another digest than its file has, and leaves no byte', async (...row) => {
  const [, path, fields, field] = row;
  const before = await countFiles();
  const refused = await postForm(path, { ...fields, name: randomUUID(), [field]: WRONG });
  expect(refused.status).toBe(400);
  for (const digest of [SHA256, WRONG]) expect(refused.text).toContain(digest);
  expect(await countFiles()).toBe(before);
  expect((await postForm(path, { ...fields, name: randomUUID(), [field]: SHA256 })).status).toBe(200);
});

test.each(KEYED_TRANSPORTS)(
  '$name refuses a remote content that is not the expected one, and leaves no byte',
  async (it) => {
    await using cleanup = new AsyncDisposableStack();
    const server = createServer((_request, response) => response.end(BYTES)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanup.defer(() => void server.close());
    const address = server.address();
    const uri = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/a`;
    const before = await countFiles();
    const input = { name: randomUUID(), directoryPath: `/${it.name}`, uri };
    const target = { url: gateway.url, token, key: null };
    const refused = await send(it, { ...input, expectedSha256: WRONG }, target);
    expect(refused).toMatchObject({ kind: 'bad_request', message: new RegExp(`${SHA256}.*${WRONG}`) });
    expect(await countFiles()).toBe(before);
    expect(await send(it, { ...input, expectedSha256: SHA256 }, target)).toMatchObject({ kind: 'ok' });
  },
);
