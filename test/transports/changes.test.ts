import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { CHANGE_SCENARIOS, type ChangeScenario } from '../support/transports/change-scenarios.ts';
import { CHANGE_TONGUES, type ChangeAnswer, send } from '../support/transports/change-tongues.ts';
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

/** What may differ between two tongues: what the clock and the generator of ids gave. */
function withoutPassing(value: unknown, tongue = 'tRPC'): unknown {
  const text = JSON.stringify(value, (key, inner) => {
    if (key === 'message') return inOneSpelling(tongue, inner);
    return ['id', 'accountId', 'createdAt', 'updatedAt', 'storageKey'].includes(key) ? undefined : inner;
  });
  return JSON.parse(text.replace(/id [0-9a-f-]{36}/g, 'id …'));
}

async function run(scenario: ChangeScenario): Promise<{ name: string; answer: ChangeAnswer }[]> {
  const answers: { name: string; answer: ChangeAnswer }[] = [];
  for (const tongue of CHANGE_TONGUES) {
    const { account, target, create, paths } = await openAccount();
    const world: { [path: string]: { id: string; updatedAt: string } } = {};
    for (const path of scenario.before ?? []) world[path] = await create(path);
    const scope = scenario.scope === undefined ? {} : { scope: scenario.scope };
    const token = await gateway.token({ account, ...scope });
    const answer = await tongue.call(scenario.operation, scenario.input(world), { ...target, token });
    expect(await paths(), `${tongue.name}: what is left`).toEqual(
      scenario.after ?? [...(scenario.before ?? [])].sort(),
    );
    answers.push({ name: tongue.name, answer: { ...answer, message: inOneSpelling(tongue.name, answer.message) } });
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

describe('every tongue', () => {
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

  test.each(CHANGE_TONGUES)('$name moves the time of change forward and leaves that of creation', async (tongue) => {
    const { target, create } = await openAccount();
    const { id, updatedAt } = await create('/a');
    const first = (await tongue.call('update', { id, tags: [] }, target)).value as { [field: string]: string };
    const second = (await tongue.call('update', { id, tags: [] }, target)).value as { [field: string]: string };
    expect(first.createdAt).toBe(updatedAt);
    expect(new Set([updatedAt, first.updatedAt, second.updatedAt].toSorted())).toEqual(
      new Set([updatedAt, first.updatedAt, second.updatedAt]),
    );
    expect([updatedAt, first.updatedAt, second.updatedAt].toSorted()).toEqual([
      updatedAt,
      first.updatedAt,
      second.updatedAt,
    ]);
  });

  test.each(CHANGE_TONGUES)('$name neither changes nor deletes what another account has', async (tongue) => {
    const [mine, theirs] = [await openAccount(), await openAccount()];
    const { id } = await theirs.create('/a/b');
    const call = (...[operation, input]: [Parameters<typeof tongue.call>[0], { [key: string]: unknown }]) =>
      tongue.call(operation, input, mine.target);
    expect((await call('update', { id, name: 'x' })).kind).toBe('not_found');
    expect((await call('delete', { id })).value).toBe(0);
    expect((await call('deleteMany', { ids: [id] })).value).toBe(0);
    expect((await call('deleteDirectory', { path: '/a' })).value).toBe(0);
    expect((await call('moveDirectory', { from: '/a', to: '/b' })).value).toBe(0);
    expect(await theirs.paths()).toEqual(['/a/b']);
  });

  test.each(CHANGE_TONGUES)('$name refuses a change without a token', async (tongue) => {
    const answer = await tongue.call('delete', { id: 'x' }, { url: gateway.url, token: null });
    expect(answer.kind).toBe('unauthenticated');
  });
});
