import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { send, type Target } from '../support/transports/change-transports.ts';

const HELLO = 'data:text/plain;base64,SGVsbG8=';
const TOO_MANY = 'the request must not create more than 100 resources; send another';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

let accounts = 0;
async function openAccount(): Promise<Target> {
  accounts += 1;
  return { url: gateway.url, token: await gateway.token({ account: `many-${accounts}` }) };
}

const items = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}`, directoryPath: '/', content: HELLO }));

/** Neither staged nor forgotten: every file in the store is a blob that a record took over. */
async function countStagedFiles(): Promise<number> {
  const entries = await readdir(join(gateway.dataDir, 'blobs'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name !== '.store' && /staging|tmp/i.test(entry.parentPath))
    .length;
}

describe('the bound on creates in one request', () => {
  test('refuses the hundred-and-first of 101 aliased GraphQL mutations, and it alone', async () => {
    const inputs = items(101, 'x');
    const types = inputs.map((_, index) => `$i${index}: CreateResourceInput!`).join(' ');
    const fields = inputs.map((_, index) => `a${index}: createResource(input: $i${index}) { id }`).join(' ');
    const { json } = await send('POST', '/graphql', {
      ...(await openAccount()),
      body: {
        query: `mutation (${types}) { ${fields} }`,
        variables: Object.fromEntries(inputs.map((input, index) => [`i${index}`, input])),
      },
    });
    expect(json.errors).toEqual([expect.objectContaining({ message: TOO_MANY, path: ['a100'] })]);
  });

  test('counts the items of aliased GraphQL lists together', async () => {
    const query = `mutation ($a: [CreateResourceInput!]!, $b: [CreateResourceInput!]!, $c: CreateResourceInput!) {
      a: createResources(items: $a) { error { code } }
      b: createResources(items: $b) { error { code } }
      c: createResource(input: $c) { id }
    }`;
    const [c] = items(1, 'c');
    const { json } = await send('POST', '/graphql', {
      ...(await openAccount()),
      body: { query, variables: { a: items(60, 'a'), b: items(41, 'b'), c } },
    });
    expect(json.errors).toEqual([expect.objectContaining({ message: TOO_MANY, path: ['b'] })]);
  });

  test('counts the items of batched tRPC calls together', async () => {
    const target = await openAccount();
    const path = '/trpc/resource.createMany,resource.create,resource.createMany?batch=1';
    const [one] = items(1, 'one');
    const body = { 0: { items: items(99, 'a') }, 1: one, 2: { items: items(1, 'b') } };
    const { json } = await send('POST', path, { ...target, body });
    expect(json.map((answer: { error?: { message: string } }) => answer.error?.message ?? null)).toEqual([
      null,
      null,
      TOO_MANY,
    ]);
  });

  test('refuses the hundred-and-first content while the body arrives, and keeps none', async () => {
    const target = await openAccount();
    const content = `data:a/b;base64,${'QUFB'.repeat(20_000)}`;
    const body = {
      items: Array.from({ length: 101 }, (_, index) => ({ name: `${index}`, directory_path: '/', content })),
    };
    const { status, json } = await send('POST', '/v1/resources/batch', { ...target, body });
    expect({ status, error: json.error }).toEqual({ status: 400, error: TOO_MANY });
    expect(await countStagedFiles()).toBe(0);
  });
});

describe('contents of many creates', () => {
  const large = (letter: string) => `data:a/b;base64,${letter.repeat(1_600_000)}`;
  const sizes = (outcomes: { resource: { sizeBytes: number } }[]) => outcomes.map(({ resource }) => resource.sizeBytes);

  test('stream out of GraphQL variables, each to its own item', async () => {
    const query = `mutation ($items: [CreateResourceInput!]!) {
      createResources(items: $items) { resource { sizeBytes sha256 } error { message } }
    }`;
    const [a, b, c] = items(3, 'g');
    const variables = { items: [{ ...a, content: large('A') }, b, { ...c, content: large('B') }] };
    const { json } = await send('POST', '/graphql', { ...(await openAccount()), body: { query, variables } });
    expect(sizes(json.data.createResources)).toEqual([1_200_000, 5, 1_200_000]);
    const digests = json.data.createResources.map(({ resource }: { resource: { sha256: string } }) => resource.sha256);
    expect(new Set(digests).size).toBe(3);
  });

  test('stream out of a batched tRPC call, each to its own item', async () => {
    const [a, b, c] = items(3, 't');
    const body = { 0: { items: [{ ...a, content: large('A') }, b] }, 1: { ...c, content: large('B') } };
    const path = '/trpc/resource.createMany,resource.create?batch=1';
    const { json } = await send('POST', path, { ...(await openAccount()), body });
    expect(sizes(json[0].result.data.items)).toEqual([1_200_000, 5]);
    expect(json[1].result.data.sizeBytes).toBe(1_200_000);
  });

  test('come as files of a GraphQL multipart request', async () => {
    const { url, token } = await openAccount();
    const query = `mutation ($items: [CreateResourceInput!]!) {
      createResources(items: $items) { resource { sizeBytes } error { code message } }
    }`;
    const [a, b, c] = items(3, 'f').map(({ content: _content, ...item }) => ({ ...item, file: null }));
    const form = new FormData();
    form.set('operations', JSON.stringify({ query, variables: { items: [a, b, { ...c, content: HELLO }] } }));
    form.set('map', JSON.stringify({ 0: ['variables.items.0.file'], 1: ['variables.items.2.file'] }));
    form.set('0', new Blob(['hello']), 'a.txt');
    form.set('1', new Blob(['both']), 'c.txt');
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: form,
    });
    const { data } = (await response.json()) as { data: { createResources: { error: { message: string } | null }[] } };
    expect(data.createResources.map(({ error }) => error?.message ?? null)).toEqual([
      null,
      'content or uri must be given',
      'content and file exclude each other; send one',
    ]);
  });

  test('may not stand elsewhere in an item, and spoil that item alone', async () => {
    const [a, b] = items(2, 's');
    const { json } = await send('POST', '/graphql', {
      ...(await openAccount()),
      body: {
        query: 'mutation ($items: [CreateResourceInput!]!) { createResources(items: $items) { error { code } } }',
        variables: { items: [{ ...a, metadata: { hidden: large('A') } }, b] },
      },
    });
    expect(json.data.createResources).toEqual([{ error: { code: 'fields_too_large' } }, { error: null }]);
  });
});
