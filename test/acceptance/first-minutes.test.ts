import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTRPCClient, httpBatchLink, httpLink } from '@trpc/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AppRouter } from '../../src/resolvers/trpc/types.ts';
import { type GatewayProcess, runScript, spawnGateway } from '../support/acceptance/process.ts';

let gateway: GatewayProcess;
let token: string;
beforeAll(async () => {
  gateway = await spawnGateway();
  token = await gateway.token();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const headers = () => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' });
const HELLO = 'data:text/plain;base64,SGVsbG8=';

test('prints the address and a curl line that works when pasted', async () => {
  const line = /^ {2}(curl .*)$/m.exec(gateway.output())?.[1] as string;
  const env = { ...process.env, DATA_DIR: gateway.dataDir };
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { env });
  expect(JSON.parse(stdout)).toMatchObject({ name: 'hello.txt', size_bytes: 5, account_id: 'acme' });
});

test('creates in GraphQL and reads it back', async () => {
  const send = async (query: string, variables: object) => {
    const body = JSON.stringify({ query, variables });
    return (await (await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: headers(), body })).json()) as {
      data: { [field: string]: { id: string; name: string; sizeBytes: number } };
    };
  };
  const created = await send('mutation($i: CreateResourceInput!) { createResource(input: $i) { id name } }', {
    i: { name: 'graphql.txt', directoryPath: '/', content: HELLO },
  });
  const id = created.data.createResource?.id;
  const read = await send('query($id: ID!) { resource(id: $id) { id name sizeBytes } }', { id });
  expect(read.data.resource).toEqual({ id, name: 'graphql.txt', sizeBytes: 5 });
});

test.each([
  ['single', httpLink],
  ['batched', httpBatchLink],
] as const)('creates through a typed tRPC client with the %s link and reads it back', async (name, link) => {
  const options = { url: `${gateway.url}/trpc`, headers: { authorization: `Bearer ${token}` } };
  const client = createTRPCClient<AppRouter>({ links: [link(options)] });
  const inputs = ['a', 'b'].map((letter) => ({ name: `${name}-${letter}`, directoryPath: '/trpc', content: HELLO }));
  const created = await Promise.all(inputs.map((input) => client.resource.create.mutate(input)));
  const read = await client.resource.byId.query({ id: created[1]?.id as string });
  expect(read).toEqual(created[1]);
  await expect(client.resource.create.mutate(inputs[0] as (typeof inputs)[0])).rejects.toMatchObject({
    data: { code: 'CONFLICT' },
  });
});

test('keeps its development key to itself', () => {
  expect(statSync(join(gateway.dataDir, 'development-key.json')).mode & 0o777).toBe(0o600);
});

test('serves GraphiQL whole, with nothing to load from elsewhere', async () => {
  const page = await fetch(`${gateway.url}/graphql`, { headers: { accept: 'text/html' } });
  const html = await page.text();
  expect(page.status).toBe(200);
  expect(html).toContain('graphiql');
  expect(html).not.toMatch(/<(script|link)[^>]+(src|href)="(https?:)?\/\//);
});

test('answers its probes', async () => {
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${gateway.url}/metrics`)).text()).toContain('http_requests_total');
});

test('writes one log line a request, without token and content', async () => {
  const marker = 'bWFya2VyLW9mLWNvbnRlbnQ=';
  const body = JSON.stringify({ name: 'logged', directory_path: '/', content: `data:text/plain;base64,${marker}` });
  const id = 'log-line-test';
  await fetch(`${gateway.url}/v1/resources`, { method: 'POST', headers: { ...headers(), 'x-request-id': id }, body });
  await expect
    .poll(
      () =>
        gateway
          .output()
          .split('\n')
          .filter((line) => line.includes(id)).length,
    )
    .toBe(1);
  expect(gateway.output()).not.toContain(marker);
  expect(gateway.output()).not.toContain(token);
});

test('keeps what it acknowledged across a restart', async () => {
  await using first = await spawnGateway();
  const auth = { authorization: `Bearer ${await first.token()}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'kept', directory_path: '/', content: HELLO });
  const created = await fetch(`${first.url}/v1/resources`, { method: 'POST', headers: auth, body });
  const { id } = (await created.json()) as { id: string };
  expect(await first.stop('SIGTERM')).toBe(0);
  await using second = await spawnGateway({ dataDir: first.dataDir });
  const query = JSON.stringify({ query: `{ resource(id: "${id}") { name } }` });
  const read = await fetch(`${second.url}/graphql`, { method: 'POST', headers: auth, body: query });
  expect(await read.json()).toEqual({ data: { resource: { name: 'kept' } } });
});

test('refuses to start in production on the development key, naming every problem', async () => {
  const { code, stderr } = await runScript(['src/main.ts'], { NODE_ENV: 'production', PORT: 'many' });
  expect(code).toBe(1);
  expect(stderr).toContain('PORT');
});
