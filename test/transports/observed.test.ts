import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { countOperations, readMetrics } from '../support/transports/observing.ts';

let gateway: Gateway;
let token: string;
beforeAll(async () => {
  gateway = await startGateway();
  token = await gateway.token();
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Sent = { readonly method?: string; readonly path: string; readonly body?: unknown; readonly bearer?: string };

async function send({ method = 'POST', path, body, bearer = token }: Sent): Promise<string> {
  const response = await fetch(`${gateway.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return await response.text();
}

const query = (text: string): Sent => ({ path: '/graphql', body: { query: text } });
const ID = '01970000-0000-7000-8000-000000000000';

type Row = {
  readonly operation: string;
  readonly rest: Sent | null;
  readonly graphql: Sent | null;
  readonly trpc: Sent;
};

const get = (path: string): Sent => ({ method: 'GET', path });

const REFUSED: readonly Row[] = [
  {
    operation: 'createResource',
    rest: { path: '/v1/resources', body: {} },
    graphql: query('mutation { createResource(input: {}) { id } }'),
    trpc: { path: '/trpc/resource.create', body: {} },
  },
  {
    operation: 'createResources',
    rest: { path: '/v1/resources/batch', body: { items: [] } },
    graphql: query('mutation { createResources(items: []) { error } }'),
    trpc: { path: '/trpc/resource.createMany', body: { items: [] } },
  },
  {
    operation: 'resource',
    rest: get(`/v1/resources/${ID}`),
    graphql: query(`{ resource(id: "${ID}") { id } }`),
    trpc: { path: '/trpc/resource.byId', body: { id: ID } },
  },
  {
    operation: 'resourceByPath',
    rest: get('/v1/resources/by-path?directory_path=/&name=none'),
    graphql: query('{ other: resourceByPath(directoryPath: "/", name: "none") { id } }'),
    trpc: { path: '/trpc/resource.byPath', body: { directoryPath: '/', name: 'none' } },
  },
  {
    operation: 'resources',
    rest: get('/v1/resources?limit=0'),
    graphql: query('{ resources(first: 0) { hasNextPage } }'),
    trpc: { path: '/trpc/resource.list', body: { limit: 0 } },
  },
  {
    operation: 'directory',
    rest: get('/v1/directories?path=/none'),
    graphql: query('{ directory(path: "/none") { path } }'),
    trpc: { path: '/trpc/resource.directory', body: { path: '/none' } },
  },
  {
    operation: 'downloadUrl',
    rest: null,
    graphql: null,
    trpc: { path: '/trpc/resource.downloadUrl', body: { id: ID } },
  },
  {
    operation: 'updateResource',
    rest: { method: 'PATCH', path: `/v1/resources/${ID}`, body: { name: '' } },
    graphql: query(`mutation { updateResource(id: "${ID}", input: { name: "" }) { id } }`),
    trpc: { path: '/trpc/resource.update', body: { id: ID, name: '' } },
  },
  {
    operation: 'moveDirectory',
    rest: { path: '/v1/directories/move', body: { from: '/', to: '/' } },
    graphql: query('mutation { moveDirectory(from: "/", to: "/") }'),
    trpc: { path: '/trpc/resource.moveDirectory', body: { from: '/', to: '/' } },
  },
  {
    operation: 'deleteDirectory',
    rest: { method: 'DELETE', path: '/v1/directories?path=/' },
    graphql: query('mutation { deleteDirectory(path: "/") { deleted } }'),
    trpc: { path: '/trpc/resource.deleteDirectory', body: { path: '/' } },
  },
];

/** Of all codes but `ok`. */
async function countRefusals(operation: string, transport: string): Promise<number> {
  const prefix = `gateway_operations_total{operation="${operation}",transport="${transport}",code="`;
  const samples = [...(await readMetrics(gateway))];
  return samples
    .filter(([name]) => name.startsWith(prefix) && !name.includes('code="ok"'))
    .reduce((sum, [, count]) => sum + count, 0);
}

describe.each(REFUSED)('a refused $operation is counted by its name', ({ operation, ...transports }) => {
  const sent = Object.entries(transports).filter((entry): entry is [string, Sent] => entry[1] !== null);
  test.each(sent)('in %s', async (transport, request) => {
    const before = await countRefusals(operation, transport);
    await send(request);
    await expect.poll(() => countRefusals(operation, transport)).toBe(before + 1);
  });
});

test('a token that does not hold is counted under what it was to do', async () => {
  await send({ path: '/v1/resources', body: {}, bearer: 'none' });
  await send({ path: '/trpc/resource.create', body: {}, bearer: 'none' });
  for (const transport of ['rest', 'trpc']) {
    const asked = { operation: 'createResource', transport, code: 'unauthenticated' };
    await expect.poll(() => countOperations(gateway, asked)).toBe(1);
  }
});

test('requests for several things at once are counted as that', async () => {
  await send(query('mutation { a: deleteResources(ids: []) { deleted } b: deleteDirectory(path: "/") { deleted } }'));
  await send({ path: '/trpc/resource.byId,resource.list?batch=1', body: { 0: { id: ID }, 1: {} } });
  for (const transport of ['graphql', 'trpc']) {
    await expect.poll(() => countRefusals('several', transport)).toBe(1);
  }
});

test('no label is what a caller made up', async () => {
  await send(query('{ invented { id } }'));
  await send({ path: '/trpc/resource.invented', body: {} });
  await send({ path: '/invented' });
  const names = [...(await readMetrics(gateway)).keys()].join('\n');
  expect(names).not.toMatch(/invented|acme|alice/);
  expect(names).toMatch(/gateway_build_info\{version="\d+\.\d+\.\d+",node="v\d+/);
});
