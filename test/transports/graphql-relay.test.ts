import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { send } from '../support/transports/change-transports.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const NOBODYS = '00000000-0000-7000-8000-000000000000';
const NODE = 'query ($id: ID!) { node(id: $id) { __typename id ... on Resource { name } } }';

async function ask(query: string, variables: object, claims = {}) {
  const token = await gateway.token({ account: 'relay', ...claims });
  const { json } = await send('POST', '/graphql', { url: gateway.url, token, body: { query, variables } });
  return json;
}

async function create(name: string, directoryPath = '/'): Promise<string> {
  const input = { name, directoryPath, content: 'data:;base64,QQ==' };
  const query = 'mutation ($input: CreateResourceInput!) { createResource(input: $input) { id } }';
  return (await ask(query, { input })).data.createResource.id;
}

test('GraphQL finds a resource as a node, and gives null for what is not there', async () => {
  const id = await create('node.txt');
  expect((await ask(NODE, { id })).data.node).toEqual({ __typename: 'Resource', id, name: 'node.txt' });
  const others = await Promise.all([
    ask(NODE, { id: NOBODYS }),
    ask(NODE, { id: 'no id' }),
    ask(NODE, { id }, { account: 'another' }),
  ]);
  expect(others).toEqual(others.map(() => ({ data: { node: null } })));
});

const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Resource { name } } }';

test('GraphQL finds many nodes in the order of their ids, each as often as it is asked for', async () => {
  const [first, second] = [await create('first.txt'), await create('second.txt')];
  const theirs = await ask(
    'mutation ($input: CreateResourceInput!) { createResource(input: $input) { id } }',
    { input: { name: 'theirs.txt', directoryPath: '/', content: 'data:;base64,QQ==' } },
    { account: 'another' },
  );
  const ids = [second, NOBODYS, 'no id', first.toUpperCase(), theirs.data.createResource.id, second];
  const [a, b] = [
    { __typename: 'Resource', id: first, name: 'first.txt' },
    { __typename: 'Resource', id: second, name: 'second.txt' },
  ];
  expect(await ask(NODES, { ids })).toEqual({ data: { nodes: [b, null, null, a, null, b] } });
  expect(await ask(NODES, { ids: [] })).toEqual({ data: { nodes: [] } });
});

test('GraphQL refuses a hundred and one nodes, and many to a token that may not read, with one error each', async () => {
  const ids = Array.from({ length: 101 }, () => NOBODYS);
  const [tooMany, forbidden] = [
    await ask(NODES, { ids }),
    await ask(NODES, { ids: ids.slice(1) }, { scope: 'resources:write' }),
  ];
  expect(tooMany.errors).toMatchObject([{ message: 'ids must not hold more than 100 ids; send several lists' }]);
  expect(forbidden.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  expect((await ask(NODES, { ids: ids.slice(1) })).data.nodes).toEqual(ids.slice(1).map(() => null));
});

test('GraphQL refuses a node to a token that may not read', async () => {
  const { data, errors } = await ask(NODE, { id: NOBODYS }, { scope: 'resources:write' });
  expect([data, errors[0].extensions.code]).toEqual([{ node: null }, 'FORBIDDEN']);
});

test('GraphQL answers a delete with the ids that are gone, and does not send back what is no id', async () => {
  const ids = [await create('1.txt'), await create('2.txt'), await create('3.txt')];
  const one = 'mutation ($id: ID!) { deleteResource(id: $id) { deletedId deleted } }';
  const first = ids[0]?.toUpperCase();
  expect((await ask(one, { id: first })).data.deleteResource).toEqual({ deletedId: ids[0], deleted: 1 });
  expect((await ask(one, { id: first })).data.deleteResource).toEqual({ deletedId: ids[0], deleted: 0 });
  expect((await ask(one, { id: 'x' })).data.deleteResource).toEqual({ deletedId: null, deleted: 0 });
  const many = 'mutation ($ids: [ID!]!) { deleteResources(ids: $ids) { deletedIds deleted } }';
  expect((await ask(many, { ids: [...ids, 'x'] })).data.deleteResources).toEqual({ deletedIds: ids, deleted: 2 });
});

test('GraphQL answers the delete of a directory with its path as it is kept, and how many are gone', async () => {
  await create('1.txt', '/relay/deep');
  const query = 'mutation { deleteDirectory(path: "relay/") { path deleted } }';
  expect((await ask(query, {})).data.deleteDirectory).toEqual({ path: '/relay', deleted: 1 });
});
