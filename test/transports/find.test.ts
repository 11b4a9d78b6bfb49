import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { send } from '../support/transports/change-transports.ts';
import { FIND_SCENARIOS, type FindScenario, WORLD } from '../support/transports/find-scenarios.ts';
import { FIND_TRANSPORTS, type FindAnswer } from '../support/transports/find-transports.ts';
import type { Input } from '../support/transports/transports.ts';
import { inOneSpelling } from '../support/transports/wording.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
  for (const resource of WORLD) await create(resource);
  // The same places in another account: whatever of it is seen, is a leak.
  for (const resource of WORLD.slice(0, 3)) await create(resource, 'other');
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function create({ path, subject = 'alice', ...rest }: Input, account = 'acme') {
  const [, directory, name] = /^(.*)\/([^/]+)$/.exec(`${path}`) ?? [];
  const token = await gateway.token({ account, subject: `${subject}` });
  const body = { ...rest, directory_path: directory, name };
  const { status, json } = await send('POST', '/v1/resources', { url: gateway.url, token, body });
  expect(status, json.error).toBe(200);
}

async function openTarget(account = 'acme', scope = 'resources:read') {
  return { url: gateway.url, token: await gateway.token({ account, scope }) };
}

const namesOf = (value: unknown) => (value as { items: { name: string }[] }).items.map(({ name }) => name);

async function run({ operation, input, account, scope }: FindScenario): Promise<FindAnswer[]> {
  const target = await openTarget(account, scope);
  return await Promise.all(
    FIND_TRANSPORTS.map(async (transport) => {
      const answer = await transport.find(operation, input, target);
      return { ...answer, message: inOneSpelling(transport.name, answer.message) };
    }),
  );
}

describe('every transport', () => {
  test.each(FIND_SCENARIOS)('$says', async (scenario) => {
    const answers = await run(scenario);
    answers.forEach((answer, index) => {
      const transport = FIND_TRANSPORTS[index]?.name;
      expect(answer.kind, `${transport}: ${answer.message}`).toBe(scenario.kind);
      expect(answer.value, transport).toEqual(answers[0]?.value);
      if (!scenario.typed) expect(answer.message, transport).toBe(answers[0]?.message);
      if (scenario.expect instanceof RegExp) expect(answer.message, transport).toMatch(scenario.expect);
      else if (Array.isArray(scenario.expect)) expect(namesOf(answer.value), transport).toEqual(scenario.expect);
      else expect(answer.value, transport).toMatchObject(scenario.expect);
    });
  });

  const orders = [
    { sort: 'created', order: 'asc' },
    { sort: 'created', order: 'desc' },
    { sort: 'name', order: 'asc' },
    { sort: 'name', order: 'desc' },
    { sort: 'size', order: 'asc' },
    { sort: 'size', order: 'desc' },
  ];
  test.each(orders)(
    'reads all pages of 2 by $sort $order, each resource once, each with its own cursor',
    async (sort) => {
      const target = await openTarget();
      for (const transport of FIND_TRANSPORTS) {
        const whole = await transport.find('list', sort, target);
        const names: string[] = [];
        let cursor: string | null | undefined;
        for (let page = 0; page < 3; page += 1) {
          const { value } = await transport.find('list', { ...sort, limit: 2, cursor: cursor ?? undefined }, target);
          names.push(...namesOf(value));
          ({ nextCursor: cursor } = value as { nextCursor: string | null });
          expect(cursor === null, `${transport.name}, page ${page}`).toBe(page === 2);
        }
        expect(names, transport.name).toEqual(namesOf(whole.value));
      }
    },
  );

  test('refuses a cursor with another order than it was given for, and with another list', async () => {
    const target = await openTarget();
    for (const transport of FIND_TRANSPORTS) {
      const { value } = await transport.find('list', { sort: 'name', limit: 1 }, target);
      const { nextCursor: cursor } = value as { nextCursor: string };
      const answers = [
        await transport.find('list', { cursor }, target),
        await transport.find('list', { sort: 'name', order: 'desc', cursor }, target),
        await transport.find('directory', { path: '/', cursor }, target),
      ];
      expect(answers.map(({ kind }) => kind)).toEqual(['bad_request', 'bad_request', 'bad_request']);
      expect(answers.map(({ message }) => inOneSpelling(transport.name, message))).toEqual([
        expect.stringMatching(/^cursor belongs to another order/),
        expect.stringMatching(/^cursor belongs to another order/),
        expect.stringMatching(/^cursor must be one/),
      ]);
    }
  });

  test('reads the directories of a directory a page at a time, with the sums of all of it', async () => {
    const target = await openTarget();
    for (const transport of FIND_TRANSPORTS) {
      const first = await transport.find('directory', { path: '/', limit: 1 }, target);
      expect(first.value).toMatchObject({ resourceCount: 6, directories: [{ name: 'docs' }] });
      const { nextCursor: cursor } = first.value as { nextCursor: string };
      const second = await transport.find('directory', { path: '/', limit: 1, cursor }, target);
      expect((await transport.find('directory', { path: '/docs', cursor }, target)).kind).toBe('bad_request');
      expect(second.value).toMatchObject({
        resourceCount: 6,
        sizeBytes: 315,
        directories: [{ name: 'docs-2024' }],
        nextCursor: null,
      });
    }
  });

  const LISTED = FIND_SCENARIOS.filter(
    ({ operation, kind, input }) => operation === 'list' && kind === 'ok' && input.limit === undefined,
  );
  test.each(LISTED)("GraphQL's totalCount counts what the list $says", async ({ input, account, expect: names }) => {
    const { sort: _sort, order: _order, ...filter } = input;
    const query = 'query ($filter: ResourceFilter) { resources(filter: $filter, first: 1) { totalCount } }';
    const body = { query, variables: { filter } };
    const { json } = await send('POST', '/graphql', { ...(await openTarget(account)), body });
    expect(json.data?.resources, json.errors?.[0].message).toEqual({ totalCount: (names as readonly string[]).length });
  });

  test("GraphQL's node is what every transport finds by the id, and null where they find nothing", async () => {
    const target = await openTarget();
    const { json: listed } = await send('GET', '/v1/resources', target);
    const items = listed.items as { id: string }[];
    const query = 'query ($id: ID!) { node(id: $id) { id ... on Resource { name sha256 directoryPath } } }';
    const ask = async (id: string, asked = target) => {
      const { json } = await send('POST', '/graphql', { ...asked, body: { query, variables: { id } } });
      return json.data.node;
    };
    for (const { id } of items) {
      const node = await ask(id);
      for (const transport of FIND_TRANSPORTS)
        expect((await transport.find('byId', { id }, target)).value).toMatchObject(node);
    }
    const other = await openTarget('nobody');
    expect(await Promise.all([ask('a'), ask(items[0]?.id ?? '', other)])).toEqual([null, null]);
  });

  test.each(FIND_TRANSPORTS)('$name refuses a list without a token', async (transport) => {
    expect((await transport.find('list', {}, { url: gateway.url, token: null })).kind).toBe('unauthenticated');
  });
});

test('REST refuses a parameter twice and a parameter in the spelling of another transport', async () => {
  const target = await openTarget();
  const ask = async (query: string) => await send('GET', `/v1/resources?${query}`, target);
  const [twice, foreign] = [await ask('limit=1&limit=2'), await ask('directoryPath=/docs')];
  expect((await ask('direction=forward')).status).toBe(400);
  expect([twice.status, twice.json]).toEqual([400, { error: 'limit must be given once' }]);
  expect([foreign.status, foreign.json]).toEqual([
    400,
    { error: '"directoryPath" is not known here; did you mean directory_path?' },
  ]);
});

test('tRPC takes what clients with infinite queries send', async () => {
  const target = await openTarget();
  const input = encodeURIComponent(JSON.stringify({ limit: 1, cursor: null, direction: 'forward' }));
  const { status, json } = await send('GET', `/trpc/resource.list?input=${input}`, target);
  expect([status, json.result?.data.items.length]).toEqual([200, 1]);
});

test('REST gives a resource the ETag of its version', async () => {
  const target = await openTarget();
  const { headers } = await send('GET', '/v1/resources/by-path?directory_path=/&name=readme.txt', target);
  expect(headers.get('etag')).toMatch(/^"[^"]+"$/);
});
