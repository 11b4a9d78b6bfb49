import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
let token: string;
beforeAll(async () => {
  gateway = await startGateway();
  token = await gateway.token();
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function ask(query: string, { url = gateway.url, auth = token } = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${auth}`,
      'content-type': 'application/json',
      // With this type alone the status tells that nothing was executed.
      accept: 'application/graphql-response+json',
    },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as {
    data?: { [field: string]: unknown } | null;
    errors?: { message: string; extensions: { code: string } }[];
  };
  return { status: response.status, data, message: errors?.[0]?.message, code: errors?.[0]?.extensions.code };
}

const create = (i: number) =>
  `c${i}: createResource(input: { name: "${i}", directoryPath: "/many", content: "data:;base64,QQ==", tags: ["a"] })`;
const times = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');

const REFUSED: readonly (readonly [says: string, query: string, sentence: RegExp])[] = [
  ['more than 5000 tokens', `{ ${times(5000, () => '__typename')} }`, /5000 tokens/],
  ['fields nested deeper than 16', `${'{ __type '.repeat(17)}{ name }${' }'.repeat(17)}`, /deeper than 16/],
  [
    'depth hidden in fragments',
    `{ ...f0 } ${times(20, (i) => `fragment f${i} on Query { __type { ...f${i + 1} } }`)} fragment f20 on Query { a }`,
    /deeper than 16/,
  ],
  ['201 aliases', `{ ${times(201, (i) => `a${i}: __typename`)} }`, /200 aliases/],
  [
    'aliases multiplied by fragments',
    `{ ${times(21, () => '...f')} } fragment f on Query { ${times(10, (i) => `a${i}: __typename`)} }`,
    /200 aliases/,
  ],
  ['200 calls', `{ ${times(200, (i) => `a${i}: resource(id: "x") { id }`)} }`, /cost more than 20000/],
  [
    'a bomb of fragments',
    `{ ...f0 } ${times(100, (i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`)} fragment f100 on Query { __typename }`,
    /cost more than/,
  ],
  ['a literal 2000 lists deep', `{ resource(id: ${'['.repeat(2000)}${']'.repeat(2000)}) { id } }`, /160 brackets/],
  ['a type 2000 lists deep', `query($a: ${'['.repeat(2000)}ID${']'.repeat(2000)}) { __typename }`, /160 brackets/],
  [
    'an excess in an operation that is not asked for',
    `query A { __typename } query B { ${times(201, (i) => `a${i}: __typename`)} }`,
    /200 aliases/,
  ],
  ['a fragment that holds itself', '{ ...f } fragment f on Query { __typename ...f }', /spread/],
];

test.each(REFUSED)('GraphQL refuses %s before executing anything', async (_says, query, sentence) => {
  const answer = await ask(query);
  expect(answer).toMatchObject({ code: 'BAD_REQUEST', status: 400 });
  expect(answer.data).toBeUndefined();
  expect(answer.message).toMatch(sentence);
});

test('nothing was created by what was refused', async () => {
  const again = await ask(`mutation { ${create(0)} { id } }`);
  expect(again.message).toBeUndefined();
});

test('GraphQL takes a hundred aliased creates with literal input', async () => {
  const fields = 'fragment r on Resource { id name sizeBytes tags }';
  const { data, message } = await ask(`mutation { ${times(100, (i) => `${create(i + 1)} { ...r }`)} } ${fields}`);
  expect(message).toBeUndefined();
  expect(Object.keys(data ?? {})).toHaveLength(100);
});

const EVERY_FIELD =
  'id accountId name directoryPath mimeType sha256 originalUri externalId externalStorageType storageBucket storageKey ' +
  'sizeBytes tags metadata createdBy createdAt updatedAt';
const page = (size: string) =>
  `resources(first: ${size}) { edges { cursor node { ${EVERY_FIELD} } } pageInfo { endCursor } }`;

test('GraphQL takes four full pages with every field, and refuses a fifth', async () => {
  expect((await ask(`{ ${times(4, (i) => `p${i}: ${page('200')}`)} }`)).message).toBeUndefined();
  expect((await ask(`{ ${times(5, (i) => `p${i}: ${page('200')}`)} }`)).message).toMatch(/cost more than 20000/);
});

test('GraphQL counts a page whose size is a variable as the largest', async () => {
  const pages = (count: number) => `query($n: Int = 1) { ${times(count, (i) => `p${i}: ${page('$n')}`)} }`;
  expect((await ask(pages(4))).message).toBeUndefined();
  expect((await ask(pages(5))).message).toMatch(/cost more than 20000/);
});

test('GraphQL refuses five full pages with an address for every download', async () => {
  const signed = 'resources(first: 200) { edges { node { id downloadUrl } } }';
  expect((await ask(`{ ${times(5, (i) => `p${i}: ${signed}`)} }`)).message).toMatch(/cost more than 20000/);
});

test('GraphQL takes metadata 128 deep, written into the query', async () => {
  const deep = `${'{ a: '.repeat(128)}1${' }'.repeat(128)}`;
  const query = `mutation { createResource(input: { name: "deep", directoryPath: "/", content: "data:;base64,QQ==", metadata: ${deep} }) { id } }`;
  expect((await ask(query)).message).toBeUndefined();
});

test('GraphQL answers the usual introspection query outside production', async () => {
  const { data } = await ask(getIntrospectionQuery());
  expect(data?.__schema).toBeDefined();
});

test('GRAPHQL_INTROSPECTION=false keeps the schema and the names in it to itself', async () => {
  await using closed = await startGateway({ GRAPHQL_INTROSPECTION: 'false' });
  const target = { url: closed.url, auth: await closed.token() };
  expect(await ask(getIntrospectionQuery(), target)).toMatchObject({ code: 'BAD_REQUEST', status: 400 });
  expect((await ask('{ resourc(id: "a") { id } }', target)).message).not.toContain('resource');
  expect((await ask('{ __typename }', target)).data).toEqual({ __typename: 'Query' });
});
