import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createOpenApiDocument } from '../../src/schema/openapi/document.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { send } from '../support/transports/change-transports.ts';

const ID = '01900000-0000-7000-8000-000000000000';
/** The contract's create is asked below. */
const ROUTES = Object.entries(createOpenApiDocument().paths)
  .flatMap(([path, operations]) => Object.keys(operations).map((method) => ({ method: method.toUpperCase(), path })))
  // A HEAD is answered as its GET is, without the sentence.
  .filter(({ method, path }) => method !== 'HEAD' && `${method} ${path}` !== 'POST /v1/resources');

const cleanup = new AsyncDisposableStack();
let gateway: Gateway;
let target: { url: string; token: string };
beforeAll(async () => {
  const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
  gateway = cleanup.use(await startGateway({ DATABASE_URL: url }));
  target = { url: gateway.url, token: await gateway.token() };
});
afterAll(() => cleanup.disposeAsync());

test.each(ROUTES)('$method $path refuses a parameter that it does not know', async ({ method, path }) => {
  const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} };
  const { status, json } = await send(method, `${path.replace('{id}', ID)}?colour=red`, { ...target, ...body });
  expect([status, json.error]).toEqual([400, expect.stringMatching(/^"colour" is not known here; /)]);
});

test('judges the token before the query', async () => {
  const url = `${gateway.url}/v1/resources/${ID}?colour=red`;
  expect((await fetch(url)).status).toBe(401);
  expect((await fetch(url, { method: 'DELETE', headers: { authorization: 'Bearer x' } })).status).toBe(401);
});

test('says what was probably meant', async () => {
  const { json } = await send('GET', `/v1/resources/${ID}/download-url?dispositon=inline`, target);
  expect(json.error).toBe('"dispositon" is not known here; did you mean disposition?');
});

test("is left out of the contract's create, which names what it ignored", async () => {
  const body = { name: 'a', directory_path: '/', content: 'data:text/plain;base64,SGVsbG8=', colour: 'red' };
  const { status, headers } = await send('POST', '/v1/resources?overwrite=true', { ...target, body });
  expect([status, headers.get('ignored-fields')]).toEqual([200, 'overwrite, colour']);
});
