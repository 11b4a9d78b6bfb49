import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
let token: string;
beforeAll(async () => {
  gateway = await startGateway();
  token = await gateway.token();
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Params = { readonly query: string; readonly variables?: unknown; readonly operationName?: unknown };
type Sent = { readonly accept?: string; readonly type?: string; readonly authorization?: string };

async function ask(params: Params & object, sent: Sent = {}) {
  const { accept = 'application/json', type = 'application/json', authorization = `Bearer ${token}` } = sent;
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { authorization, accept, 'content-type': type },
    body: JSON.stringify(params),
  });
  const { date: _date, 'x-request-id': _id, ...headers } = Object.fromEntries(response.headers);
  return { status: response.status, headers, text: await response.text() };
}

let serial = 0;
/** The same document in a text that nobody has sent yet, which is answered the long way. */
const toUnknown = (params: Params) => ({ ...params, query: `${params.query} # ${serial++}` });

const FIND = `query Find($id: ID!, $first: Int) { found: resource(id: $id) { id name tags metadata createdAt }
  resources(first: $first) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } totalCount } }`;
const TWO = 'query A { __typename } query B { a: __typename }';

/** Stores one and gives its id. */
async function store(): Promise<string> {
  const query = 'mutation Store($input: CreateResourceInput!) { createResource(input: $input) { id } }';
  const input = { name: randomUUID(), directoryPath: '/a', content: 'data:text/plain;base64,', metadata: { a: [1] } };
  const { text } = await ask({ query, variables: { input } });
  return JSON.parse(text).data.createResource.id;
}

test.each<[string, (id: string) => Params & object, Sent?]>([
  ['a query', (id) => ({ query: FIND, variables: { id, first: 2 } })],
  [
    'a query without operation and variables',
    () => ({ query: '{ __typename }', variables: null, operationName: null }),
  ],
  [
    'an answer in the type of GraphQL over HTTP',
    () => ({ query: '{ __typename }' }),
    { accept: 'application/graphql-response+json' },
  ],
  ['an answer in any type', () => ({ query: '{ __typename }' }), { accept: '*/*' }],
  ['an answer that no type is acceptable for', () => ({ query: '{ __typename }' }), { accept: 'image/png' }],
  ['a request in no type that we know', () => ({ query: '{ __typename }' }), { type: 'text/csv' }],
  ['one of several operations', () => ({ query: TWO, operationName: 'B' })],
  ['an operation that is not there', () => ({ query: TWO, operationName: 'C' })],
  ['several operations without a name', () => ({ query: TWO })],
  ['an error of a field', () => ({ query: FIND, variables: { id: randomUUID() } })],
  ['an error of a field that nulls all', (id) => ({ query: FIND, variables: { id, first: 0 } })],
  ['a variable that is missing', () => ({ query: FIND, variables: { first: 1 } })],
  ['a variable of a wrong type', (id) => ({ query: FIND, variables: { id, first: 'one' } })],
  ['variables in a list', (id) => ({ query: FIND, variables: [id] })],
  ['a name that is a number', () => ({ query: TWO, operationName: 1 })],
  ['extensions', (id) => ({ query: FIND, variables: { id }, extensions: {} })],
  ['a parameter that nobody knows', (id) => ({ query: FIND, variables: { id }, other: 1 })],
  ['a document that is not valid', () => ({ query: '{ nothing }' })],
  ['the schema', () => ({ query: '{ __schema { queryType { name } } }' })],
  ['a token that nobody made', (id) => ({ query: FIND, variables: { id } }), { authorization: 'Bearer x' }],
  ['a subscription', () => ({ query: 'subscription { resourceEvents(after: "no cursor") { event { id } } }' })],
])('GraphQL answers %s in the same way whether it knows the document or not', async (_what, toParams, sent) => {
  const params = toParams(await store());
  // It learns the document, and the type.
  await ask({ query: params.query, variables: { id: await store(), first: 1 }, operationName: params.operationName });
  await ask({ query: '{ __typename }' }, { ...(sent?.accept !== undefined && { accept: sent.accept }) });
  const long = await ask(toUnknown(params), sent);
  expect(await ask(params, sent)).toEqual(long);
  expect(await ask(params, sent)).toEqual(long);
});

test('GraphQL executes a document that it knows once, also when a part of it fails', async () => {
  const query = `mutation Two($input: CreateResourceInput!) {
    first: createResource(input: $input) { id } second: createResource(input: $input) { id } }`;
  for (const _turn of [1, 2, 3]) {
    const input = { name: randomUUID(), directoryPath: '/once', content: 'data:text/plain;base64,' };
    const { status, text } = await ask({ query, variables: { input } });
    const { data, errors } = JSON.parse(text);
    expect([status, errors.length, errors[0].path, errors[0].extensions.code]).toEqual([
      200,
      1,
      ['second'],
      'CONFLICT',
    ]);
    // Neither may be null, so that one error takes all with it.
    expect(data).toBe(null);
    const found = await ask({ query: `{ resourceByPath(directoryPath: "/once", name: "${input.name}") { version } }` });
    expect(JSON.parse(found.text)).toEqual({ data: { resourceByPath: { version: 1 } } });
  }
});
