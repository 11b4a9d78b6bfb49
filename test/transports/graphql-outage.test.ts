// GraphQL answers 200 whatever befell it: who watches a gateway whose PostgreSQL is away must see failures all the same.
import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { createDatabase, startPostgres } from '../support/servers/postgres.ts';
import { send } from '../support/transports/change-transports.ts';
import { readMetrics } from '../support/transports/observing.ts';

const LIST = '{ resources { edges { node { name } } } }';
const CREATE = `mutation {
  createResources(items: [{ name: "a", directoryPath: "/", content: "data:;base64,QQ==" }]) { error { code } }
}`;

test('GraphQL requests that fail for want of PostgreSQL count with status 500, and with 200 once it is back', async () => {
  await using server = await startPostgres();
  // Not disposed of: it goes with the server.
  const { url } = await createDatabase(server.url);
  await using gateway = await startGateway({ DATABASE_URL: url });
  const token = await gateway.token();
  const ask = (query: string) => send('POST', '/graphql', { url: gateway.url, token, body: { query } });
  const countOf = async (status: number) => {
    const labels = `method="POST",route="/graphql",status="${status}"`;
    return (await readMetrics(gateway)).get(`http_requests_total{${labels}}`) ?? 0;
  };

  await server.crash();
  const [list, created] = [await ask(LIST), await ask(CREATE)];
  expect(list.json.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR', reason: 'internal' } }]);
  expect(created.json.data).toEqual({ createResources: [{ error: { code: 'internal' } }] });
  await expect.poll(() => countOf(500)).toBe(2);
  expect(await countOf(200)).toBe(0);
  const operations = await readMetrics(gateway);
  for (const operation of ['resources', 'createResources']) {
    const labels = `operation="${operation}",transport="graphql",code="internal"`;
    expect(operations.get(`gateway_operations_total{${labels}}`)).toBe(1);
  }

  await server.start();
  expect((await ask(LIST)).json.data.resources.edges).toEqual([]);
  await expect.poll(() => countOf(200)).toBe(1);
});
