import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { CHANGE_SCENARIOS, type ChangeScenario } from '../support/transports/change-scenarios.ts';
import { CHANGE_TRANSPORTS, type ChangeAnswer, send } from '../support/transports/change-transports.ts';
import { inOneSpelling } from '../support/transports/wording.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

let accounts = 0;

async function openAccount() {
  accounts += 1;
  const account = `change-${accounts}`;
  const target = { url: gateway.url, token: await gateway.token({ account }) };
  return {
    account,
    target,
    async create(path: string) {
      const [directory, name] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)];
      const body = {
        name,
        directory_path: directory,
        content: 'data:text/plain;base64,SGVsbG8=',
        tags: ['t'],
        metadata: { m: 1 },
      };
      const { status, json } = await send('POST', '/v1/resources', { ...target, body });
      expect(status, json.error).toBe(200);
      return { id: json.id as string, updatedAt: json.updated_at as string };
    },
    async paths(): Promise<string[]> {
      const { json } = await send('GET', '/v1/resources?limit=200', target);
      return json.items
        .map((item: { directory_path: string; name: string }) => `${item.directory_path}/${item.name}`)
        .map((path: string) => path.replace('//', '/'))
        .sort();
    },
  };
}

/** What may differ between two transports: what the clock and the generator of ids gave. */
function withoutPassing(value: unknown, transport = 'tRPC'): unknown {
  const text = JSON.stringify(value, (key, inner) => {
    if (key === 'message') return inOneSpelling(transport, inner);
    return ['id', 'accountId', 'createdAt', 'updatedAt', 'storageKey'].includes(key) ? undefined : inner;
  });
  return JSON.parse(text.replace(/id [0-9a-f-]{36}/g, 'id …'));
}

async function run(scenario: ChangeScenario): Promise<{ name: string; answer: ChangeAnswer }[]> {
  const answers: { name: string; answer: ChangeAnswer }[] = [];
  for (const transport of CHANGE_TRANSPORTS) {
    const { account, target, create, paths } = await openAccount();
    const world: { [path: string]: { id: string; updatedAt: string } } = {};
    for (const path of scenario.before ?? []) world[path] = await create(path);
    const scope = scenario.scope === undefined ? {} : { scope: scenario.scope };
    const token = await gateway.token({ account, ...scope });
    const answer = await transport.call(scenario.operation, scenario.input(world), { ...target, token });
    expect(await paths(), `${transport.name}: what is left`).toEqual(
      scenario.after ?? [...(scenario.before ?? [])].sort(),
    );
    answers.push({
      name: transport.name,
      answer: { ...answer, message: inOneSpelling(transport.name, answer.message) },
    });
  }
  return answers;
}

/** Regular expressions stand for the strings that they match. */
function toMatcher(expected: unknown): unknown {
  if (expected instanceof RegExp) return expect.stringMatching(expected);
  if (Array.isArray(expected)) return expected.map(toMatcher);
  if (typeof expected !== 'object' || expected === null) return expected;
  return expect.objectContaining(
    Object.fromEntries(
      Object.entries(expected).map(([key, value]) => [key, key === 'metadata' ? value : toMatcher(value)]),
    ),
  );
}

describe('every transport', () => {
  test.each(CHANGE_SCENARIOS)('$says', async (scenario) => {
    const answers = await run(scenario);
    const [first] = answers;
    for (const { name, answer } of answers) {
      expect(answer.kind, `${name}: ${answer.message}`).toBe(scenario.kind);
      expect(withoutPassing(answer.value, name), name).toEqual(withoutPassing(first?.answer.value, first?.name));
      if (scenario.expect instanceof RegExp) expect(answer.message, name).toMatch(scenario.expect);
      else if (scenario.expect !== undefined) expect(answer.value, name).toEqual(toMatcher(scenario.expect));
      if (!scenario.typed) expect(withoutPassing(answer.message), name).toBe(withoutPassing(first?.answer.message));
    }
  });

  test.each(CHANGE_TRANSPORTS)(
    '$name moves the time of change forward and leaves that of creation',
    async (transport) => {
      const { target, create } = await openAccount();
      const { id, updatedAt } = await create('/a');
      const first = (await transport.call('update', { id, tags: [] }, target)).value as { [field: string]: string };
      const second = (await transport.call('update', { id, tags: [] }, target)).value as { [field: string]: string };
      expect(first.createdAt).toBe(updatedAt);
      expect(new Set([updatedAt, first.updatedAt, second.updatedAt].toSorted())).toEqual(
        new Set([updatedAt, first.updatedAt, second.updatedAt]),
      );
      expect([updatedAt, first.updatedAt, second.updatedAt].toSorted()).toEqual([
        updatedAt,
        first.updatedAt,
        second.updatedAt,
      ]);
    },
  );

  test.each(CHANGE_TRANSPORTS)('$name neither changes nor deletes what another account has', async (transport) => {
    const [mine, theirs] = [await openAccount(), await openAccount()];
    const { id } = await theirs.create('/a/b');
    const call = (...[operation, input]: [Parameters<typeof transport.call>[0], { [key: string]: unknown }]) =>
      transport.call(operation, input, mine.target);
    expect((await call('update', { id, name: 'x' })).kind).toBe('not_found');
    expect((await call('delete', { id })).value).toBe(0);
    expect((await call('deleteMany', { ids: [id] })).value).toBe(0);
    expect((await call('deleteDirectory', { path: '/a' })).value).toBe(0);
    expect((await call('moveDirectory', { from: '/a', to: '/b' })).value).toBe(0);
    expect(await theirs.paths()).toEqual(['/a/b']);
  });

  test.each(CHANGE_TRANSPORTS)('$name refuses a change without a token', async (transport) => {
    const answer = await transport.call('delete', { id: 'x' }, { url: gateway.url, token: null });
    expect(answer.kind).toBe('unauthenticated');
  });
});
