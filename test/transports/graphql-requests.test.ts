import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
let token: string;
beforeAll(async () => {
  gateway = await startGateway();
  token = await gateway.token();
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function ask(request: { body: unknown } | { search: string }, accept = 'application/json') {
  const search = 'search' in request ? `?${request.search}` : '';
  const response = await fetch(`${gateway.url}/graphql${search}`, {
    method: 'body' in request ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}`, accept, 'content-type': 'application/json' },
    ...('body' in request ? { body: JSON.stringify(request.body) } : {}),
  });
  return { status: response.status, json: (await response.json()) as { data?: unknown; errors?: unknown[] } };
}

const query = '{ __typename }';
const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };
const NOT_SUPPORTED = {
  message: 'PersistedQueryNotSupported',
  extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED', reason: 'malformed_request' },
};

test.each(['application/json', 'application/graphql-response+json'])(
  'GraphQL tells a client that sends the hash of a query to send the query, in %s',
  async (accept) => {
    const asked = [{ body: { extensions } }, { body: { extensions, query: null } }] as const;
    const search = `${new URLSearchParams({ extensions: JSON.stringify(extensions) })}`;
    for (const request of [...asked, { search }]) {
      expect(await ask(request, accept)).toEqual({ status: 200, json: { errors: [NOT_SUPPORTED] } });
    }
    expect(await ask({ body: { query, extensions } }, accept)).toEqual({
      status: 200,
      json: { data: { __typename: 'Query' } },
    });
  },
);

test('GraphQL refuses a list of requests as a whole, and says what to do', async () => {
  for (const body of [[], [{ query }], [{ query }, { query }]]) {
    const { status, json } = await ask({ body });
    expect(status).toBe(400);
    expect(json).toEqual({
      errors: [
        {
          message: expect.stringMatching(/list are not taken; send each alone/),
          extensions: { code: 'BAD_REQUEST', reason: 'malformed_request' },
        },
      ],
    });
  }
});

test('GraphQL says that a query is missing when nothing stands in its place', async () => {
  for (const body of [{}, { extensions: {} }, { extensions: { persistedQuery: null } }]) {
    const { status, json } = await ask({ body }, 'application/graphql-response+json');
    expect([status, json.errors]).toEqual([400, [expect.objectContaining({ message: 'Must provide query string.' })]]);
  }
});

test('GraphiQL asks for its schema again, by a button that it has', async () => {
  const page = await fetch(`${gateway.url}/graphql`, { headers: { accept: 'text/html' } });
  const html = await page.text();
  const [head = '', ...rest] = html.split('</head>');
  const label = /aria-label\^="([^"]+)"/.exec(head)?.[1] ?? 'none';
  expect(rest.join('')).toContain(label);
  expect(rest.join('')).toContain('graphiql-editor-tool');
});
