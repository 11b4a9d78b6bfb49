import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { send, type Target, toSnakeCase } from '../support/transports/change-transports.ts';
import { RESOURCE_FIELDS, toGraphqlInput } from '../support/transports/transports.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Input = { [key: string]: unknown };
type Answer = { readonly code: string; readonly value: Input & { items?: Input[] }; readonly outcome: string | null };
type Name = 'list' | 'restore' | 'restoreMany' | 'delete' | 'empty';
type Way = { readonly name: string; call(name: Name, input: Input, target: Target): Promise<Answer> };

const TRASHED = `id name directoryPath mimeType sha256 sizeBytes tags metadata createdBy createdAt updatedAt deletedBy deletedAt
  expiresAt deletionId deletedPath`;
const DOCUMENTS: { readonly [name in Name]: string } = {
  list: `query ($deletionId: ID, $limit: Int, $cursor: String) {
    value: trash(deletionId: $deletionId, first: $limit, after: $cursor) { items { ${TRASHED} } nextCursor } }`,
  restore: `mutation ($id: ID!, $name: String, $directoryPath: String, $onConflict: ConflictPolicy) {
    value: restoreTrashed(id: $id, name: $name, directoryPath: $directoryPath, onConflict: $onConflict) { ${RESOURCE_FIELDS} } }`,
  restoreMany: `mutation ($ids: [ID!], $deletionId: ID, $directoryPath: String, $onConflict: ConflictPolicy) {
    restored: restoreManyTrashed(ids: $ids, deletionId: $deletionId, directoryPath: $directoryPath, onConflict: $onConflict) }`,
  delete: 'mutation ($id: ID!) { deleted: deleteTrashed(id: $id) }',
  empty: 'mutation { deleted: emptyTrash }',
};
const toCamelCase = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(toCamelCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase()),
      key === 'metadata' ? inner : toCamelCase(inner),
    ]),
  );
};

const WAYS: readonly Way[] = [
  {
    name: 'REST',
    async call(name, { id, ...input }, target) {
      const body = toSnakeCase(input);
      const query = new URLSearchParams(body as never);
      const { status, headers, json } = await {
        list: () => send('GET', `/v1/trash?${query}`, target),
        restore: () => send('POST', `/v1/trash/${id}/restore`, { ...target, body }),
        restoreMany: () => send('POST', '/v1/trash/restore', { ...target, body }),
        delete: () => send('DELETE', `/v1/trash/${id}`, target),
        empty: () => send('DELETE', '/v1/trash', target),
      }[name]();
      const code = status === 200 ? 'ok' : (headers.get('x-error-code') ?? String(status));
      return { code, value: toCamelCase(json) as Input, outcome: headers.get('resource-outcome') };
    },
  },
  {
    name: 'GraphQL',
    async call(name, input, target) {
      const body = { query: DOCUMENTS[name], variables: toGraphqlInput(input) };
      const { headers, json } = await send('POST', '/graphql', { ...target, body });
      const [error] = json.errors ?? [];
      const code = error === undefined ? 'ok' : error.extensions.reason;
      return { code, value: json.data?.value ?? json.data, outcome: headers.get('resource-outcome') };
    },
  },
  {
    name: 'tRPC',
    async call(name, input, target) {
      const { headers, json } =
        name === 'list'
          ? await send('GET', `/trpc/trash.list?input=${encodeURIComponent(JSON.stringify(input))}`, target)
          : await send('POST', `/trpc/trash.${name}`, { ...target, body: input });
      const code = json.error === undefined ? 'ok' : json.error.data.reason;
      return { code, value: json.result?.data, outcome: headers.get('resource-outcome') };
    },
  },
];

async function openAccount() {
  const account = crypto.randomUUID();
  const target: Target = { url: gateway.url, token: await gateway.token({ account }) };
  const as = async (scope: string): Promise<Target> => ({
    url: gateway.url,
    token: await gateway.token({ account, scope }),
  });
  return {
    account,
    target: {
      ...target,
      token: await gateway.token({ account, scope: 'resources:read resources:write resources:delete' }),
    },
    as,
    async store(name: string, { directory = '/d', text = name, more = {} } = {}): Promise<Input & { id: string }> {
      const content = `data:text/plain;base64,${Buffer.from(text).toString('base64')}`;
      const body = { name, directory_path: directory, content, tags: ['t'], metadata: { z: 1 }, ...more };
      const { status, json } = await send('POST', '/v1/resources', { ...target, body });
      expect(status).toBe(200);
      return json;
    },
  };
}

type Account = Awaited<ReturnType<typeof openAccount>>;
const remove = (id: string, { target }: Account, query = '') => send('DELETE', `/v1/resources/${id}${query}`, target);
const namesIn = async ({ target }: Account) => {
  const { json } = await send('GET', '/v1/resources?limit=200', target);
  return json.items.map((item: Input) => `${item.directory_path}/${item.name}`).toSorted();
};
const eventsOf = async ({ target }: Account) =>
  (await send('GET', '/v1/events?limit=200', target)).json.events.map(({ type }: { type: string }) => type);

describe.each(WAYS)('the trash in $name', ({ call }) => {
  test('has what was deleted, the last first, page by page, and gives it back as it was', async () => {
    const account = await openAccount();
    const [first, second] = [await account.store('a'), await account.store('b')];
    for (const { id } of [first, second]) expect((await remove(id, account)).json).toEqual({ deleted: 1 });
    expect(await namesIn(account)).toEqual([]);
    const page = await call('list', { limit: 1 }, account.target);
    expect(page.value).toMatchObject({
      items: [
        {
          id: second.id,
          name: 'b',
          directoryPath: '/d',
          tags: ['t'],
          metadata: { z: 1 },
          deletedBy: 'alice',
          deletionId: null,
        },
      ],
    });
    const [item] = page.value.items ?? [];
    expect(Date.parse(String(item?.expiresAt)) - Date.parse(String(item?.deletedAt))).toBe(30 * 86_400_000);
    const next = await call('list', { limit: 1, cursor: page.value.nextCursor }, account.target);
    expect(next.value).toMatchObject({ items: [{ id: first.id }], nextCursor: null });

    const restored = await call('restore', { id: first.id }, account.target);
    expect(restored).toMatchObject({
      code: 'ok',
      outcome: 'created',
      value: { id: first.id, name: 'a', tags: ['t'], metadata: { z: 1 } },
    });
    expect(await namesIn(account)).toEqual(['/d/a']);
    expect((await call('list', {}, account.target)).value.items).toHaveLength(1);
    expect((await call('restore', { id: first.id }, account.target)).code).toBe('not_found');
    expect(await eventsOf(account)).toEqual([
      'resource.created',
      'resource.created',
      'resource.trashed',
      'resource.trashed',
      'resource.restored',
    ]);
  });

  test('keeps versions with what it has', async () => {
    const account = await openAccount();
    const { id } = await account.store('a', { text: 'one' });
    await account.store('a', { text: 'two', more: { on_conflict: 'replace' } });
    await remove(id, account);
    const { target } = account;
    expect((await send('GET', `/v1/resources/${id}/versions`, target)).status).toBe(404);
    expect((await call('restore', { id, name: 'b', directoryPath: '/e' }, target)).value).toMatchObject({
      id,
      name: 'b',
      directoryPath: '/e',
    });
    expect((await send('GET', `/v1/resources/${id}/versions`, target)).json.items).toHaveLength(2);
  });

  test.each([
    { policy: 'error', text: 'a', code: 'conflict', outcome: null, there: ['/d/a'], left: 1 },
    { policy: 'keep', text: 'a', code: 'ok', outcome: 'kept', there: ['/d/a'], left: 1 },
    { policy: 'keep', text: 'other', code: 'conflict', outcome: null, there: ['/d/a'], left: 1 },
    { policy: 'rename', text: 'a', code: 'ok', outcome: 'renamed', there: ['/d/a', '/d/a (2)'], left: 0 },
    { policy: 'replace', text: 'other', code: 'ok', outcome: 'replaced', there: ['/d/a'], left: 0 },
  ])(
    'gives back by $policy what $text stands in the place of',
    async ({ policy, text, code, outcome, there, left }) => {
      const account = await openAccount();
      const { id } = await account.store('a');
      await remove(id, account);
      const standing = await account.store('a', { text });
      const answer = await call('restore', { id, onConflict: policy }, account.target);
      expect(answer).toMatchObject({ code, outcome });
      if (code === 'ok') expect(answer.value.id).toBe(outcome === 'renamed' ? id : standing.id);
      expect(await namesIn(account)).toEqual(there);
      expect((await call('list', {}, account.target)).value.items).toHaveLength(left);
      if (outcome !== 'replaced') return;
      const { json } = await send('GET', `/v1/resources/${standing.id}/versions`, account.target);
      expect(json.items.map(({ number }: { number: number }) => number)).toEqual([2, 1]);
    },
  );

  test('gives a deleted directory back as one, where it was or elsewhere, or nothing of it', async () => {
    const account = await openAccount();
    await account.store('a', { directory: '/x' });
    await account.store('b', { directory: '/x/y' });
    await account.store('c', { directory: '/x-y' });
    await send('DELETE', '/v1/directories?path=/x', account.target);
    const [item] = (await call('list', {}, account.target)).value.items ?? [];
    expect(item?.deletedPath).toBe('/x');
    const { deletionId } = item as Input;
    expect((await call('list', { deletionId }, account.target)).value.items).toHaveLength(2);
    await account.store('a', { directory: '/x', text: 'new' });
    expect((await call('restoreMany', { deletionId }, account.target)).code).toBe('conflict');
    expect(await namesIn(account)).toEqual(['/x-y/c', '/x/a']);
    const elsewhere = await call('restoreMany', { deletionId, directoryPath: '/z' }, account.target);
    expect(elsewhere.value).toEqual({ restored: 2 });
    expect(await namesIn(account)).toEqual(['/x-y/c', '/x/a', '/z/a', '/z/y/b']);
    expect((await call('restoreMany', { deletionId }, account.target)).value).toEqual({ restored: 0 });
  });

  test('gives many back by their ids, each under the policy', async () => {
    const account = await openAccount();
    const ids = [(await account.store('a')).id, (await account.store('b')).id];
    await send('POST', '/v1/resources/delete', { ...account.target, body: { ids } });
    await account.store('a');
    const input = { ids: [...ids, crypto.randomUUID(), 'none'], onConflict: 'rename' };
    expect((await call('restoreMany', input, account.target)).value).toEqual({ restored: 2 });
    expect(await namesIn(account)).toEqual(['/d/a', '/d/a (2)', '/d/b']);
    expect((await call('restoreMany', {}, account.target)).code).toBe('invalid_input');
  });

  test('is emptied one by one or whole, and what may be done with it is judged by the token', async () => {
    const account = await openAccount();
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) ids.push((await account.store(name)).id);
    await send('POST', '/v1/resources/delete', { ...account.target, body: { ids } });
    const [id = ''] = ids;
    expect((await call('delete', { id }, await account.as('resources:write'))).code).toBe('forbidden');
    expect((await call('empty', {}, await account.as('resources:write'))).code).toBe('forbidden');
    expect((await call('restore', { id }, await account.as('resources:delete'))).code).toBe('forbidden');
    expect((await call('list', {}, await account.as('resources:write'))).code).toBe('forbidden');
    const stranger = await openAccount();
    expect((await call('restore', { id }, stranger.target)).code).toBe('not_found');
    expect((await call('delete', { id }, stranger.target)).value).toEqual({ deleted: 0 });
    expect((await call('delete', { id }, account.target)).value).toEqual({ deleted: 1 });
    expect((await call('delete', { id }, account.target)).value).toEqual({ deleted: 0 });
    expect((await call('empty', {}, account.target)).value).toEqual({ deleted: 2 });
    expect((await call('list', {}, account.target)).value.items).toEqual([]);
    expect((await eventsOf(account)).filter((type: string) => type === 'resource.deleted')).toHaveLength(3);
  });
});

test('what goes past the trash is not in it', async () => {
  const account = await openAccount();
  const [one, two, three] = [
    await account.store('a'),
    await account.store('b'),
    await account.store('c', { directory: '/e' }),
  ];
  await remove(one.id, account, '?permanent=true');
  await send('POST', '/v1/resources/delete', { ...account.target, body: { ids: [two.id], permanent: true } });
  await send('DELETE', '/v1/directories?path=/e&permanent=true', account.target);
  expect((await send('GET', '/v1/trash', account.target)).json.items).toEqual([]);
  expect((await send('POST', `/v1/trash/${three.id}/restore`, { ...account.target, body: {} })).status).toBe(404);
});

/** Ways to it that are no operation of their own; the operations are in trash-reach.test.ts. */
const WAYS_TO_IT: readonly {
  readonly says: string;
  readonly run: (id: string, account: Account) => Promise<unknown>;
  readonly is: unknown;
}[] = [
  ...['?tag=t', '?name_prefix=a', '?directory_path=/d', `?metadata=${encodeURIComponent('{"z":1}')}`].map((query) => ({
    says: `GET /v1/resources${query}`,
    run: async (_id: string, { target }: Account) =>
      (await send('GET', `/v1/resources${query}`, target)).json.items ?? [],
    is: [],
  })),
  {
    says: 'GraphQL node and nodes',
    run: async (id, { target }) => {
      const query = `query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }`;
      const { data } = (await send('POST', '/graphql', { ...target, body: { query, variables: { id } } })).json;
      return [data.node, data.nodes];
    },
    is: [null, [null]],
  },
  {
    says: 'GraphQL Resource.downloadUrl, asked of an event',
    run: async (_id, { target }) => {
      const query = `{ events { events { resource { id downloadUrl } } } }`;
      const { data, errors } = (await send('POST', '/graphql', { ...target, body: { query } })).json;
      const urls = data.events.events.map(({ resource }: Input) => (resource as Input).downloadUrl);
      return [urls, errors?.map((error: { extensions: Input }) => error.extensions.reason)];
    },
    is: [
      [null, null],
      ['not_found', 'not_found'],
    ],
  },
  {
    says: 'a create of its name',
    run: async (id, account) => (await account.store('a', { more: { on_conflict: 'keep' } })).id !== id,
    is: true,
  },
];

test.each(WAYS_TO_IT)('what is in the trash does not exist for $says', async ({ run, is }) => {
  const account = await openAccount();
  const { id } = await account.store('a');
  await remove(id, account);
  expect(await run(id, account)).toEqual(is);
});

test('an address that was signed before a resource went into the trash gives its content no longer', async () => {
  const account = await openAccount();
  const { id } = await account.store('a');
  const { json } = await send('GET', `/v1/resources/${id}/download-url`, account.target);
  expect((await fetch(json.url)).status).toBe(200);
  await remove(id, account);
  expect((await fetch(json.url)).status).toBe(404);
});

test.each(['', 'Content-Type: application/json\r\n'])('a restore in REST needs no body (%j)', async (type) => {
  const account = await openAccount();
  const { id } = await account.store('a');
  await remove(id, account);
  // As curl -X POST sends it: without a length. Clients of Node's own send one of 0.
  const { hostname, port, host } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  const head = `POST /v1/trash/${id}/restore HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${type}`;
  socket.write(`${head}Authorization: Bearer ${account.target.token}\r\n\r\n`);
  expect(await readText(socket)).toMatch(/^HTTP\/1\.1 200 /);
  expect(await namesIn(account)).toEqual(['/d/a']);
});

test('a restore in REST does not pass over a body without a type', async () => {
  const account = await openAccount();
  const { id } = await account.store('a');
  await remove(id, account);
  const { status } = await fetch(`${gateway.url}/v1/trash/${id}/restore`, {
    method: 'POST',
    headers: { authorization: `Bearer ${account.target.token}` },
    body: new TextEncoder().encode('{"name":"other"}'),
  });
  expect(status).toBe(400);
  expect(await namesIn(account)).toEqual([]);
});
