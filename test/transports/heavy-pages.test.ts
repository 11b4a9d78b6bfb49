import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';

const COUNT = 12;
const METADATA = { text: 'x'.repeat(900_000) };
/** A page ends with the record that reaches this. */
const PAGE_BYTES = 4 * 1024 * 1024;
const MOST_BYTES = PAGE_BYTES + 2 * 1024 * 1024;

let gateway: Gateway;
let headers: Record<string, string>;
const ids: string[] = [];
beforeAll(async () => {
  gateway = await startGateway();
  headers = { authorization: `Bearer ${await gateway.token()}`, 'content-type': 'application/json' };
  for (let at = 0; at < COUNT; at += 1) {
    const name = `${at}`.padStart(2, '0');
    const body = { name, directory_path: '/', content: 'data:text/plain;base64,SGVsbG8=', metadata: METADATA };
    const answer = await fetch(`${gateway.url}/v1/resources`, { method: 'POST', headers, body: JSON.stringify(body) });
    ids.push(((await answer.json()) as { id: string }).id);
  }
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

type Page = { names: string[]; cursor: string | null; bytes: number };
type Named = { name: string };

const toNames = (items: Named[]) => items.map(({ name }) => name);
const read = async (path: string, init: RequestInit = {}) => {
  const text = await (await fetch(`${gateway.url}${path}`, { headers, ...init })).text();
  return { json: JSON.parse(text), bytes: text.length };
};
const QUERY = `query ($after: String) {
  resources(first: 50, sort: { by: NAME }, after: $after) {
    edges { node { name metadata } } pageInfo { hasNextPage endCursor }
  }
}`;

const transports: { readonly [name: string]: (cursor: string | null) => Promise<Page> } = {
  async REST(cursor) {
    const place = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { json, bytes } = await read(`/v1/resources?sort=name&limit=200${place}`);
    return { names: toNames(json.items), cursor: json.next_cursor, bytes };
  },
  async tRPC(cursor) {
    const input = JSON.stringify({ sort: 'name', limit: 200, ...(cursor === null ? {} : { cursor }) });
    const { json, bytes } = await read(`/trpc/resource.list?input=${encodeURIComponent(input)}`);
    return { names: toNames(json.result.data.items), cursor: json.result.data.nextCursor, bytes };
  },
  async GraphQL(cursor) {
    const body = JSON.stringify({ query: QUERY, variables: { after: cursor } });
    const { json, bytes } = await read('/graphql', { method: 'POST', body });
    const { edges, pageInfo } = json.data.resources;
    const names = toNames(edges.map(({ node }: { node: Named }) => node));
    return { names, cursor: pageInfo.hasNextPage ? pageInfo.endCursor : null, bytes };
  },
};

test.each(Object.entries(transports))(
  'a page of heavy records ends early in %s, and its cursor goes on',
  async (_, ask) => {
    const names: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page = await ask(cursor);
      expect(page.names.length).toBeGreaterThan(0);
      expect(page.bytes).toBeLessThan(MOST_BYTES);
      names.push(...page.names);
      cursor = page.cursor;
      pages += 1;
    } while (cursor !== null);
    expect(pages).toBe(3);
    expect(names).toEqual(Array.from({ length: COUNT }, (_, at) => `${at}`.padStart(2, '0')));
  },
);

test('a page of one holds a record however heavy it is', async () => {
  const { json } = await read('/v1/resources?sort=name&limit=1');
  expect(toNames(json.items)).toEqual(['00']);
});

test('a page found by metadata ends early as well', async () => {
  const metadata = encodeURIComponent(JSON.stringify({ text: METADATA.text.slice(0, 1) }));
  expect((await read(`/v1/resources?metadata=${metadata}`)).json.items).toEqual([]);
  const { json, bytes } = await read(`/v1/resources?metadata=${encodeURIComponent('{}')}`);
  expect(json.items.length).toBe(5);
  expect(bytes).toBeLessThan(MOST_BYTES);
});

test('the metadata of one record is not answered under any number of GraphQL aliases', async () => {
  const aliases = Array.from({ length: 190 }, (_, at) => `m${at}: metadata`).join(' ');
  const body = JSON.stringify({ query: `{ resource(id: "${ids[0]}") { name ${aliases} } }` });
  const { json, bytes } = await read('/graphql', { method: 'POST', body });
  expect(bytes).toBeLessThan(36 * 1024 * 1024);
  expect(json.data.resource).toMatchObject({ name: '00', m0: METADATA, m189: null });
  expect(json.errors.at(-1).message).toMatch(/asks for metadata of more than 33554432 bytes; ask for it fewer times/);
});

test('the calls of one batch share a bound, and the refusal says to ask for less', async () => {
  const calls = Array.from({ length: 40 }, (_, at) => ids[at % COUNT] as string);
  const input = JSON.stringify(Object.fromEntries(calls.map((id, at) => [at, { id }])));
  const path = `/trpc/${calls.map(() => 'resource.byId').join(',')}?batch=1&input=${encodeURIComponent(input)}`;
  const { json, bytes } = await read(path);
  expect(bytes).toBeLessThan(20 * 1024 * 1024);
  expect(json.filter((answer: { result?: unknown }) => answer.result !== undefined).length).toBeGreaterThan(10);
  expect(json.at(-1).error.message).toMatch(/the request asks for more than 16777216 bytes of records; ask for fewer/);
  expect(json.at(-1).error.data.code).toBe('BAD_REQUEST');
});
