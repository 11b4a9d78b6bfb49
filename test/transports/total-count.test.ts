import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { MAX_COUNT } from '../../src/domain/find/count-resources.ts';
import { startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { send } from '../support/transports/change-transports.ts';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

let url: string;
let token: string;
let client: pg.Client;

beforeAll(async () => {
  const database = stack.use(await createDatabase(inject('postgresUrl')));
  const gateway = stack.use(await startGateway({ DATABASE_URL: database.url }));
  client = stack.adopt(new pg.Client({ connectionString: database.url }), (opened) => opened.end());
  await client.connect();
  url = gateway.url;
  token = await gateway.token();
  for (const name of ['a', 'b', 'c']) {
    const tags = name === 'c' ? [] : ['x'];
    const body = { name, directory_path: '/docs', content: 'data:;base64,QQ==', tags };
    expect((await send('POST', '/v1/resources', { url, token, body })).status).toBe(200);
  }
});

async function ask(args: string, selection: string) {
  const body = { query: `{ resources${args} { ${selection} } }` };
  const { json } = await send('POST', '/graphql', { url, token, body });
  return json.errors ?? json.data.resources;
}

const BOTH = 'totalCount totalCountIsExact';

test('GraphQL counts what fits the filter, whatever page is read', async () => {
  const all = { totalCount: 3, totalCountIsExact: true };
  expect(await ask('', BOTH)).toEqual(all);
  expect(await ask('(first: 1)', `${BOTH} edges { node { name } }`)).toEqual({
    ...all,
    edges: [{ node: { name: 'c' } }],
  });
  const { pageInfo } = await ask('(first: 2)', 'pageInfo { endCursor }');
  expect(await ask(`(first: 2, after: "${pageInfo.endCursor}")`, BOTH)).toEqual(all);
  expect(await ask('(filter: { directoryPath: "/docs", tagsAll: ["x"], namePrefix: "a" })', BOTH)).toEqual({
    totalCount: 1,
    totalCountIsExact: true,
  });
  expect(await ask('(filter: { directoryPath: "/" })', BOTH)).toEqual({ totalCount: 0, totalCountIsExact: true });
});

test('a count costs a document 100 more, and no more on a longer page', async () => {
  expect(await ask('(first: 200)', BOTH)).toMatchObject({ totalCount: 3 });
  const aliases = Array.from({ length: 99 }, (_, i) => `r${i}: resources(first: 1) { totalCount }`);
  const body = { query: `{ ${aliases.join(' ')} }` };
  const { json } = await send('POST', '/graphql', { url, token, body });
  expect(json.errors?.[0].message).toBeUndefined();
  const { json: refused } = await send('POST', '/graphql', {
    url,
    token,
    body: { query: `{ ${[...aliases, 'last: resources(first: 1) { totalCount }'].join(' ')} }` },
  });
  expect(refused.errors[0].message).toMatch(/cost more than 20000/);
});

test('GraphQL counts no further than its bound, and says so', async () => {
  await multiply(MAX_COUNT - 3);
  expect(await ask('', BOTH)).toEqual({ totalCount: MAX_COUNT, totalCountIsExact: true });
  await multiply(1);
  expect(await ask('', BOTH)).toEqual({ totalCount: MAX_COUNT, totalCountIsExact: false });
});

/** Adds copies of one record to the same account, under other ids and names. */
async function multiply(count: number): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select column_name as name from information_schema.columns
     where table_name = 'resources' and is_generated = 'NEVER' order by ordinal_position`,
  );
  const values: { readonly [name: string]: string } = { id: 'gen_random_uuid()', name: 'gen_random_uuid()::text' };
  const names = rows.map(({ name }) => name);
  await client.query(
    `insert into resources (${names.join()}) select ${names.map((name) => values[name] ?? name).join()}
     from (select * from resources where name = 'a') as one, generate_series(1, $1)`,
    [count],
  );
}
