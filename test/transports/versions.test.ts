import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ChangeKind, send, type Target } from '../support/transports/change-transports.ts';
import { mapKeys, RESOURCE_FIELDS, toCamelCase } from '../support/transports/transports.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Input = { [key: string]: unknown };
type Answer = { readonly kind: ChangeKind; readonly value: Input; readonly outcome: string | null };
type Operation = 'versions' | 'restoreVersion';
type Way = { readonly name: string; call(operation: Operation, input: Input, target: Target): Promise<Answer> };

const KINDS: { readonly [word: string]: ChangeKind } = {
  200: 'ok',
  400: 'bad_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  BAD_REQUEST: 'bad_request',
  UNAUTHENTICATED: 'unauthenticated',
  UNAUTHORIZED: 'unauthenticated',
  FORBIDDEN: 'forbidden',
  NOT_FOUND: 'not_found',
};
const outcomeOf = ({ headers }: { headers: Headers }) => headers.get('resource-outcome');
const toCamel = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(toCamel);
  return typeof value === 'object' && value !== null
    ? mapKeys(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toCamel(inner)])), toCamelCase)
    : value;
};

const VERSION = 'number isCurrent mimeType sha256 sizeBytes originalUri createdBy createdAt replacedAt';
const DOCUMENTS = {
  versions: `query ($id: ID!, $limit: Int, $cursor: String) {
    value: resource(id: $id) { versions(first: $limit, after: $cursor) { items { ${VERSION} } nextCursor } } }`,
  restoreVersion: `mutation ($id: ID!, $number: Int!) { value: restoreVersion(id: $id, number: $number) { ${RESOURCE_FIELDS} } }`,
};

const WAYS: readonly Way[] = [
  {
    name: 'REST',
    async call(operation, { id, number, ...query }, target) {
      const path = `/v1/resources/${id}/versions`;
      const search = new URLSearchParams(query as never);
      const answer =
        operation === 'versions'
          ? await send('GET', `${path}?${search}`, target)
          : await send('POST', `${path}/${number}/restore`, target);
      const kind = KINDS[answer.status] as ChangeKind;
      return { kind, value: toCamel(answer.json) as Input, outcome: outcomeOf(answer) };
    },
  },
  {
    name: 'GraphQL',
    async call(operation, variables, target) {
      const body = { query: DOCUMENTS[operation], variables };
      const answer = await send('POST', '/graphql', { ...target, body });
      const [error] = answer.json.errors ?? [];
      const kind = error === undefined ? 'ok' : (KINDS[error.extensions.code] as ChangeKind);
      const value = answer.json.data?.value;
      return { kind, value: value?.versions ?? value, outcome: outcomeOf(answer) };
    },
  },
  {
    name: 'tRPC',
    async call(operation, input, target) {
      const path = `/trpc/resource.${operation}`;
      const answer =
        operation === 'versions'
          ? await send('GET', `${path}?input=${encodeURIComponent(JSON.stringify(input))}`, target)
          : await send('POST', path, { ...target, body: input });
      const { error, result } = answer.json;
      const kind = error === undefined ? 'ok' : (KINDS[error.data.code] as ChangeKind);
      return { kind, value: result?.data, outcome: outcomeOf(answer) };
    },
  },
];

const toContent = (text: string, type = 'text/plain') => `data:${type};base64,${Buffer.from(text).toString('base64')}`;

/** A resource with these contents one after the other. */
async function createVersions(...texts: string[]) {
  const account = crypto.randomUUID();
  const target = { url: gateway.url, token: await gateway.token({ account }) };
  let resource: Input = {};
  for (const [at, text] of texts.entries()) {
    const content = toContent(text, `text/v${at + 1}`);
    const body = { name: 'a', directory_path: '/d', content, on_conflict: 'replace', tags: ['t'], metadata: { at } };
    const { status, json } = await send('POST', '/v1/resources', { ...target, body });
    expect(status).toBe(200);
    resource = json;
  }
  const headers = { authorization: `Bearer ${target.token}` };
  const fetchContent = (number: number | string, more = {}) =>
    fetch(`${gateway.url}/v1/resources/${resource.id}/versions/${number}/content`, {
      headers: { ...headers, ...more },
    });
  return { account, target, resource, id: resource.id as string, fetchContent };
}

describe.each(WAYS)('versions in $name', ({ call }) => {
  test('are listed from the newest, page by page', async () => {
    const { id, target } = await createVersions('one', 'two', 'three');
    const first = await call('versions', { id, limit: 2 }, target);
    expect(first).toMatchObject({
      kind: 'ok',
      value: {
        items: [
          { number: 3, isCurrent: true, mimeType: 'text/v3', sizeBytes: 5, createdBy: 'alice', replacedAt: null },
          { number: 2, isCurrent: false, mimeType: 'text/v2', sizeBytes: 3, createdBy: 'alice' },
        ],
      },
    });
    const [newest, before] = first.value.items as [Input, Input];
    expect(before.replacedAt).toBe(newest.createdAt);
    const { nextCursor: cursor } = first.value;
    const second = await call('versions', { id, limit: 2, cursor }, target);
    expect(second.value).toMatchObject({ items: [{ number: 1, replacedAt: before.createdAt }], nextCursor: null });
  });

  test('of equal content are one, and so is what is restored over its own content', async () => {
    const { id, target } = await createVersions('one', 'one');
    expect((await call('versions', { id }, target)).value.items).toHaveLength(1);
    expect(await call('restoreVersion', { id, number: 1 }, target)).toMatchObject({ kind: 'ok', outcome: 'kept' });
    expect((await call('versions', { id }, target)).value.items).toHaveLength(1);
  });

  test('are restored as a new one on top, with their type and without their labels', async () => {
    const { id, target, resource, fetchContent } = await createVersions('one', 'two');
    const restored = await call('restoreVersion', { id, number: 1 }, target);
    expect(restored).toMatchObject({
      kind: 'ok',
      outcome: 'replaced',
      value: { id, name: 'a', mimeType: 'text/v1', sizeBytes: 3, tags: ['t'], metadata: { at: 1 } },
    });
    expect(Date.parse(restored.value.updatedAt as string)).toBeGreaterThan(Date.parse(resource.updated_at as string));
    const { items } = (await call('versions', { id }, target)).value as { items: Input[] };
    expect(items.map(({ number, mimeType }) => [number, mimeType])).toEqual([
      [3, 'text/v1'],
      [2, 'text/v2'],
      [1, 'text/v1'],
    ]);
    expect(await (await fetchContent(3)).text()).toBe('one');
    const { json } = await send('GET', '/v1/events?types=resource.replaced', target);
    expect(json.events).toHaveLength(2);
    expect(json.events[1].data).toMatchObject({
      id,
      mime_type: 'text/v1',
      tags: ['t'],
      updated_at: restored.value.updatedAt,
    });
  });

  test('are told apart from what is not there, and from what is not allowed', async () => {
    const { id, target, account } = await createVersions('one', 'two');
    for (const number of [0, 3, 2_147_483_647]) {
      expect((await call('restoreVersion', { id, number }, target)).kind, `${number}`).toBe('not_found');
    }
    const stranger = { url: gateway.url, token: await gateway.token({ account: crypto.randomUUID() }) };
    expect((await call('versions', { id }, stranger)).kind).toBe('not_found');
    expect((await call('restoreVersion', { id, number: 1 }, stranger)).kind).toBe('not_found');
    const writer = { url: gateway.url, token: await gateway.token({ account, scope: 'resources:write' }) };
    expect((await call('versions', { id }, writer)).kind).toBe('forbidden');
    const reader = { url: gateway.url, token: await gateway.token({ account, scope: 'resources:read' }) };
    expect((await call('restoreVersion', { id, number: 1 }, reader)).kind).toBe('forbidden');
    expect((await call('versions', { id, cursor: 'x' }, target)).kind).toBe('bad_request');
    expect((await call('versions', { id, limit: 0 }, target)).kind).toBe('bad_request');
  });
});

test('the content of a version is a download: whole, in part, and only when it has changed', async () => {
  const { fetchContent } = await createVersions('first', 'x'.repeat(100_000));
  const whole = await fetchContent(1);
  expect([whole.status, whole.headers.get('content-type'), await whole.text()]).toEqual([200, 'text/v1', 'first']);
  const part = await fetchContent(2, { range: 'bytes=-3' });
  expect([part.status, await part.text()]).toEqual([206, 'xxx']);
  const unchanged = await fetchContent(1, { 'if-none-match': whole.headers.get('etag') });
  expect(unchanged.status).toBe(304);
  for (const number of ['0', '3', '01', 'x', '99999999999']) expect((await fetchContent(number)).status).toBe(404);
});

test('GraphQL tells which version a resource has, also in its events', async () => {
  const { id, target } = await createVersions('one', 'two');
  const query = `query ($id: ID!) { resource(id: $id) { version } events { events { resource { version } } } }`;
  const { json } = await send('POST', '/graphql', { ...target, body: { query, variables: { id } } });
  expect(json.data).toEqual({
    resource: { version: 2 },
    events: { events: [{ resource: { version: 1 } }, { resource: { version: 2 } }] },
  });
});

test('a repeat under an idempotency key tells again what a create came to', async () => {
  const { target } = await createVersions('one');
  const headers = { 'idempotency-key': crypto.randomUUID() };
  const body = { name: 'a', directory_path: '/d', content: toContent('two'), on_conflict: 'replace' };
  const first = await send('POST', '/v1/resources', { ...target, headers, body });
  const again = await send('POST', '/v1/resources', { ...target, headers, body });
  expect([outcomeOf(first), outcomeOf(again)]).toEqual(['replaced', 'replaced']);
  expect(again.json).toEqual(first.json);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  const other = await send('POST', '/v1/resources', { ...target, headers, body: { ...body, on_conflict: 'keep' } });
  expect(other.headers.get('x-error-code')).toBe('idempotency_key_reused');
});
