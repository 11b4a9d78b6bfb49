import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { send, type Target } from '../support/transports/change-transports.ts';

let gateway: Gateway;
let target: Target;
beforeAll(async () => {
  gateway = await startGateway();
  target = { url: gateway.url, token: await gateway.token() };
});
afterAll(() => gateway[Symbol.asyncDispose]());

let names = 0;
async function create() {
  names += 1;
  const body = { name: `${names}`, directory_path: '/', content: 'data:text/plain;base64,SGVsbG8=' };
  return (await send('POST', '/v1/resources', { ...target, body })).json;
}

const patch = (id: string, body: unknown, headers: { [name: string]: string } = {}) =>
  send('PATCH', `/v1/resources/${id}`, { ...target, body, headers });

describe('PATCH /v1/resources/{id}', () => {
  test('answers with an ETag that the next change may be bound to, once', async () => {
    const { id, updated_at } = await create();
    const first = await patch(id, { tags: ['a'] }, { 'if-match': `"${updated_at}"` });
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toBe(`"${first.json.updated_at}"`);
    expect((await patch(id, { tags: ['b'] }, { 'if-match': etag })).status).toBe(200);
    expect((await patch(id, { tags: ['c'] }, { 'if-match': etag })).status).toBe(412);
  });

  test('refuses a condition in the header and in the body', async () => {
    const { id, updated_at } = await create();
    const { status, json } = await patch(id, { tags: [], if_match: updated_at }, { 'if-match': '*' });
    expect({ status, json }).toEqual({
      status: 400,
      json: { error: 'the field if_match and the header If-Match exclude each other; send one' },
    });
  });

  test('refuses a form', async () => {
    const { id } = await create();
    const form = new FormData();
    form.set('name', 'x');
    form.set('file', new Blob(['x'.repeat(100_000)]), 'x');
    const response = await fetch(`${target.url}/v1/resources/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${target.token}` },
      body: form,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: 'send the body as content-type: application/json' });
  });

  test.each(['[]', '"x"', 'null', '{', ''])('refuses the body %j', async (body) => {
    const { id } = await create();
    const response = await fetch(`${target.url}/v1/resources/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
    expect(Object.keys((await response.json()) as object)).toEqual(['error']);
  });

  test('refuses metadata beyond what all fields may have', async () => {
    const { id } = await create();
    const { status, json } = await patch(id, { metadata: { a: 'data:'.repeat(300_000) } });
    expect({ status, error: json.error }).toEqual({ status: 400, error: expect.stringContaining('1048576 bytes') });
  });

  test('lets exactly one of 20 changes of one version through', async () => {
    const { id, updated_at } = await create();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => patch(id, { tags: [`${index}`], if_match: updated_at })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(412)]);
  });
});

describe('the other transports', () => {
  test.each(['updateResource', 'moveDirectory'])('refuse in GraphQL what is too long to be kept: %s', async (field) => {
    const { id } = await create();
    const long = `data:a/b;base64,${'A'.repeat(1_600_000)}`;
    const queries: { [field: string]: string } = {
      updateResource: 'mutation ($id: ID!, $v: String!) { updateResource(id: $id, input: { name: $v }) { id } }',
      moveDirectory: 'mutation ($v: String!) { moveDirectory(from: "/a", to: $v) }',
    };
    const body = { query: queries[field], variables: { ...(field === 'updateResource' ? { id } : {}), v: long } };
    const { json } = await send('POST', '/graphql', { ...target, body });
    expect(json.errors?.[0]).toMatchObject({
      message: expect.stringContaining('1048576 bytes'),
      extensions: { code: 'BAD_REQUEST' },
    });
  });
});

describe('deleting by query', () => {
  test.each([
    ['', 'path is required'],
    ['?path=/a&path=/b', 'path must be a string'],
    ['?dir=/a', '"dir" is not known here; leave it out'],
  ])('refuses %j', async (query, error) => {
    const { status, json } = await send('DELETE', `/v1/directories${query}`, target);
    expect({ status, error: json.error }).toEqual({ status: 400, error });
  });
});

test.each(['PATCH', 'DELETE'])('a browser of another origin may send %s', async (method) => {
  const response = await fetch(`${target.url}/v1/resources/x`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': method },
  });
  expect(response.headers.get('access-control-allow-methods')).toContain(method);
});

describe('POST /v1/resources with If-Match', () => {
  const replace = (name: string, more: object, ifMatch: string) => {
    const body = { name, directory_path: '/', content: 'data:,;base64,', on_conflict: 'replace', ...more };
    return send('POST', '/v1/resources', { ...target, body, headers: { 'if-match': ifMatch } });
  };

  test('replaces only the version that the header names', async () => {
    const { id, name, updated_at } = await create();
    const content = (text: string) => ({ content: `data:text/plain;base64,${Buffer.from(text).toString('base64')}` });
    const first = await replace(name, content('one'), `"${updated_at}"`);
    expect({ status: first.status, id: first.json.id }).toEqual({ status: 200, id });
    const second = await replace(name, content('two'), `"${updated_at}"`);
    expect(second.status).toBe(409);
    expect(second.headers.get('x-error-code')).toBe('precondition_failed');
    expect((await replace(name, content('two'), `"${first.json.updated_at}"`)).status).toBe(200);
  });

  test.each([
    ['without a policy that replaces', { on_conflict: 'rename' }, /^If-Match needs on_conflict to be replace/],
    ['beside if_match', { if_match: '*' }, /^the field if_match and the header If-Match exclude each other/],
  ])('is refused %s', async (_says, more, message) => {
    const { status, json } = await replace(randomUUID(), { content: 'data:text/plain;base64,', ...more }, '*');
    expect({ status, error: json.error }).toEqual({ status: 400, error: expect.stringMatching(message) });
  });
});
