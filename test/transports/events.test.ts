import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { send } from '../support/transports/change-transports.ts';
import { EVENT_TRANSPORTS, type ReadEvent } from '../support/transports/event-transports.ts';
import { inOneSpelling } from '../support/transports/wording.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Page = { readonly events: readonly ReadEvent[]; readonly cursor: string; readonly hasMore: boolean };

async function openAccount(scope?: string) {
  const account = randomUUID();
  const target = { url: gateway.url, token: await gateway.token({ account }) };
  return {
    target: { ...target, token: await gateway.token({ account, ...(scope === undefined ? {} : { scope }) }) },
    async create(name: string, directoryPath = '/docs'): Promise<string> {
      const content = 'data:text/plain;base64,SGVsbG8=';
      const body = { name, directory_path: directoryPath, content, tags: ['t'], metadata: { m_n: 1 } };
      const { status, json } = await send('POST', '/v1/resources', { ...target, body });
      expect(status, json.error).toBe(200);
      return json.id;
    },
    update: (id: string, body: object) => send('PATCH', `/v1/resources/${id}`, { ...target, body }),
    remove: (id: string) => send('DELETE', `/v1/resources/${id}`, target),
    move: (from: string, to: string) => send('POST', '/v1/directories/move', { ...target, body: { from, to } }),
    removeDirectory: (path: string) => send('DELETE', `/v1/directories?path=${encodeURIComponent(path)}`, target),
  };
}

/** A bit of everything that can happen. */
async function live({ create, update, remove, move, removeDirectory }: Awaited<ReturnType<typeof openAccount>>) {
  const id = await create('a.txt', '/docs');
  await update(id, { name: 'b.txt', directory_path: '/else', tags: ['u'], metadata: { m_n: 2 } });
  await create('c.txt', '/docs/deep');
  await move('/docs', '/archive');
  await remove(id);
  await removeDirectory('/archive');
  return id;
}

const EXPECTED = [
  'resource.created',
  'resource.updated',
  'resource.created',
  'directory.moved',
  'resource.trashed',
  'directory.deleted',
];

describe.each(EVENT_TRANSPORTS)('$name', ({ name, list, watch }) => {
  async function page(input: Parameters<typeof list>[0], target: Parameters<typeof list>[1]): Promise<Page> {
    const { kind, value, message } = await list(input, target);
    expect(kind, message ?? '').toBe('ok');
    return value as Page;
  }

  test('tells everything that has happened, in order, with what each event is about', async () => {
    const account = await openAccount();
    const id = await live(account);
    const { events, hasMore, cursor } = await page({}, account.target);
    expect(events.map(({ type }) => type)).toEqual(EXPECTED);
    expect(hasMore).toBe(false);
    const [created, updated, , moved, deleted, gone] = events as ReadEvent[];
    expect(created).toMatchObject({
      subject: id,
      data: { id, name: 'a.txt', directoryPath: '/docs', mimeType: 'text/plain', tags: ['t'], metadata: { m_n: 1 } },
    });
    expect(created?.data).not.toHaveProperty('changed');
    expect(updated?.data).toMatchObject({ id, changed: ['name', 'directoryPath', 'tags', 'metadata'], tags: ['u'] });
    expect(moved).toMatchObject({ subject: null, data: { from: '/docs', to: '/archive', moved: 1 } });
    expect(deleted?.data).toMatchObject({ id, name: 'b.txt', directoryPath: '/else', metadata: { m_n: 2 } });
    expect(gone?.data).toEqual({ path: '/archive', deleted: 1, isComplete: true });
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    expect((await page({ after: cursor }, account.target)).events).toEqual([]);
  });

  test('goes on behind any event, and page by page', async () => {
    const account = await openAccount();
    await live(account);
    const { events } = await page({}, account.target);
    for (const [index, event] of events.entries()) {
      expect((await page({ after: event.cursor }, account.target)).events).toEqual(events.slice(index + 1));
    }
    const found: ReadEvent[] = [];
    for (let at: Partial<Page> = { hasMore: true }; at.hasMore; ) {
      at = await page({ limit: 2, ...(at.cursor === undefined ? {} : { after: at.cursor }) }, account.target);
      expect(at.events?.length).toBeLessThanOrEqual(2);
      found.push(...(at.events ?? []));
    }
    expect(found).toEqual(events);
  });

  test('begins with what is to come when asked for the latest', async () => {
    const account = await openAccount();
    await account.create('before');
    const { events, cursor } = await page({ after: 'latest' }, account.target);
    expect(events).toEqual([]);
    const id = await account.create('after');
    expect((await page({ after: cursor }, account.target)).events.map(({ subject }) => subject)).toEqual([id]);
  });

  test('tells only what fits every filter', async () => {
    const account = await openAccount();
    const id = await live(account);
    const typesOf = async (input: Parameters<typeof list>[0]) =>
      (await page(input, account.target)).events.map(({ type }) => type);
    expect(await typesOf({ types: ['directory.moved', 'directory.deleted'] })).toEqual([EXPECTED[3], EXPECTED[5]]);
    expect(await typesOf({ resourceId: id })).toEqual([EXPECTED[0], EXPECTED[1], EXPECTED[4]]);
    expect(await typesOf({ directoryPath: '/else' })).toEqual([EXPECTED[1], EXPECTED[4]]);
    expect(await typesOf({ directoryPath: 'archive/deep', types: EXPECTED })).toEqual([EXPECTED[3], EXPECTED[5]]);
    expect(await typesOf({ directoryPath: '/do' })).toEqual([]);
  });

  test('tells live what the log has, and then what comes', async () => {
    const account = await openAccount();
    await account.create('before');
    const { cursor } = await page({ after: 'latest' }, account.target);
    await account.create('between');
    const reader = watch({ after: cursor }, account.target);
    await reader.until(1);
    await live(account);
    const events = await reader.until(1 + EXPECTED.length);
    reader.close();
    expect(events).toEqual((await page({ after: cursor }, account.target)).events);
  });

  test('tells live only what fits the filter', async () => {
    const account = await openAccount();
    const { cursor } = await page({ after: 'latest' }, account.target);
    const reader = watch({ after: cursor, types: ['resource.created'], directoryPath: '/docs/deep' }, account.target);
    await live(account);
    await account.create('last', '/docs/deep');
    const events = await reader.until(2);
    reader.close();
    expect(events.map(({ data }) => data.name)).toEqual(['c.txt', 'last']);
  });

  test('tells nobody what happens in another account', async () => {
    const [mine, theirs] = [await openAccount(), await openAccount()];
    const { cursor } = await page({ after: 'latest' }, mine.target);
    const reader = watch({ after: cursor }, mine.target);
    await theirs.create('theirs');
    const id = await mine.create('mine');
    expect((await reader.until(1)).map(({ subject }) => subject)).toEqual([id]);
    reader.close();
    const { kind } = await list({ after: (await page({}, theirs.target)).cursor }, mine.target);
    expect(kind).toBe('bad_request');
  });

  test('refuses a reader without the scope or a token, in pages and live', async () => {
    const { target } = await openAccount('resources:write');
    expect((await list({}, target)).kind).toBe('forbidden');
    expect((await list({}, { ...target, token: null })).kind).toBe('unauthenticated');
    for (const token of [target.token, null]) {
      await expect(watch({}, { ...target, token }).ended).rejects.toBeDefined();
    }
  });

  test.each([
    ['after', { after: 'nonsense' }, /^after must be a cursor/],
    ['types', { types: ['resource.exploded'] }, /^types must hold none but resource\.created/],
    ['resourceId', { resourceId: 'x' }, /^resourceId must be the id of a resource/],
    ['directoryPath', { directoryPath: '/a/../b' }, /^directoryPath must not contain/],
    ['limit', { limit: 0 }, /^limit must be a whole number from 1 to 200/],
  ])('refuses a wrong %s in the same words', async (_field, input, message) => {
    const { target } = await openAccount();
    const answer = await list(input, target);
    expect(answer.kind).toBe('bad_request');
    // The log is no connection: its arguments have the same names in GraphQL.
    expect(name === 'GraphQL' ? answer.message : inOneSpelling(name, answer.message)).toMatch(message);
  });
});
