import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';

const COUNT = 12;
const METADATA = { text: 'x'.repeat(900_000) };
const CONTENT = 'data:text/plain;base64,SGVsbG8=';
/** A page ends with the record that reaches 4 MiB. */
const MOST_PAGE_BYTES = 6 * 1024 * 1024;
/** A request is answered 16 MiB of records. */
const MOST_BYTES = 20 * 1024 * 1024;
const CALLS = 40;

let gateway: Gateway;
let headers: Record<string, string>;
beforeAll(async () => {
  gateway = await startGateway();
  headers = { authorization: `Bearer ${await gateway.token()}`, 'content-type': 'application/json' };
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

async function ask(method: string, path: string, body?: object) {
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const text = await (await fetch(`${gateway.url}${path}`, init)).text();
  return { json: JSON.parse(text), bytes: text.length };
}

async function createHeavy(name: string, directoryPath: string): Promise<string> {
  const body = { name, directory_path: directoryPath, content: CONTENT, metadata: METADATA, on_conflict: 'keep' };
  return (await ask('POST', '/v1/resources', body)).json.id;
}

/** A batch of tRPC: the same call with each of these inputs. */
function batch(procedure: string, inputs: readonly object[]) {
  const path = `/trpc/${inputs.map(() => procedure).join(',')}?batch=1`;
  return ask('POST', path, Object.fromEntries(inputs.entries()));
}

type Page = { names: string[]; cursor: string | null; bytes: number };
type Named = { name: string };

const toPage = ({ items, cursor, bytes }: { items: Named[]; cursor: string | null; bytes: number }): Page => ({
  names: items.map(({ name }) => name),
  cursor,
  bytes,
});
const TRASH = `query ($after: String, $deletionId: ID) {
  trash(first: 50, after: $after, deletionId: $deletionId) { items { name metadata } nextCursor }
}`;

type Place = { cursor: string | null; deletionId: string | null };
const trashes: { readonly [name: string]: (place: Place) => Promise<Page> } = {
  async REST({ cursor, deletionId }) {
    const query = new URLSearchParams({ limit: '200' });
    if (cursor !== null) query.set('cursor', cursor);
    if (deletionId !== null) query.set('deletion_id', deletionId);
    const { json, bytes } = await ask('GET', `/v1/trash?${query}`);
    return toPage({ items: json.items, cursor: json.next_cursor, bytes });
  },
  async tRPC({ cursor, deletionId }) {
    const input = encodeURIComponent(JSON.stringify({ limit: 200, cursor, deletionId }));
    const { json, bytes } = await ask('GET', `/trpc/trash.list?input=${input}`);
    return toPage({ items: json.result.data.items, cursor: json.result.data.nextCursor, bytes });
  },
  async GraphQL({ cursor, deletionId }) {
    const { json, bytes } = await ask('POST', '/graphql', { query: TRASH, variables: { after: cursor, deletionId } });
    return toPage({ items: json.data.trash.items, cursor: json.data.trash.nextCursor, bytes });
  },
};

test.each(Object.keys(trashes).flatMap((name) => [[name, 'all'] as const, [name, 'one deletion'] as const]))(
  'a page of a heavy trash ends early in %s, and its cursor goes on (%s)',
  async (name, what) => {
    await ask('DELETE', '/v1/trash');
    const names = Array.from({ length: COUNT }, (_, at) => `${at}`.padStart(2, '0'));
    for (const each of names) await createHeavy(each, '/heavy');
    await ask('DELETE', '/v1/directories?path=/heavy');
    const { json } = await ask('GET', '/v1/trash?limit=1');
    const deletionId = what === 'all' ? null : (json.items[0].deletion_id as string);
    const seen: string[] = [];
    let pages = 0;
    for (let cursor: string | null = null; pages === 0 || cursor !== null; pages += 1) {
      const page: Page = await (trashes[name] as (typeof trashes)[string])({ cursor, deletionId });
      expect(page.names.length).toBeGreaterThan(0);
      expect(page.bytes).toBeLessThan(MOST_PAGE_BYTES);
      seen.push(...page.names);
      cursor = page.cursor;
    }
    expect(pages).toBe(3);
    expect(seen.toSorted()).toEqual(names);
  },
);

let id: string;
beforeEach(async () => {
  id = await createHeavy('heavy', '/');
});

const kept = { name: 'heavy', directoryPath: '/', content: CONTENT, onConflict: 'keep' };
const REFUSAL = /the request asks for more than 16777216 bytes of records; ask for fewer in each request/;
const times = <Value>(of: (at: number) => Value): Value[] => Array.from({ length: CALLS }, (_, at) => of(at));

async function countEvents(type: string): Promise<number> {
  let count = 0;
  for (let after = ''; ; ) {
    const { json } = await ask('GET', `/v1/events?resource_id=${id}&types=${type}${after && `&after=${after}`}`);
    if (json.events.length === 0) return count;
    count += json.events.length;
    after = json.cursor;
  }
}

const batches: readonly (readonly [string, string, (at: number) => object])[] = [
  ['kept by creates', 'resource.create', () => kept],
  ['changed', 'resource.update', (at) => ({ id, tags: [`${at}`] })],
  ['given an earlier version', 'resource.restoreVersion', () => ({ id, number: 1 })],
];

test.each(batches)(
  'heavy records that a batch of tRPC has %s are bounded, and what is refused is not done',
  async (_what, procedure, toInput) => {
    const { json, bytes } = await batch(procedure, times(toInput));
    expect(bytes).toBeLessThan(MOST_BYTES);
    const refused = (json as { error?: { message: string } }[]).filter(({ error }) => error !== undefined);
    expect(refused.length).toBeGreaterThanOrEqual(CALLS - 20);
    for (const { error } of refused) expect(error?.message).toMatch(REFUSAL);
    if (procedure !== 'resource.update') return;
    const told = refused.length + (await countEvents('resource.updated'));
    expect(told).toBe(CALLS);
  },
);

test('heavy records that a batch of tRPC takes out of the trash are bounded, and the rest stays there', async () => {
  await ask('DELETE', '/v1/trash');
  const ids = await Promise.all(times((at) => createHeavy(`${at}`, '/many')));
  await ask('DELETE', '/v1/directories?path=/many');
  const { json, bytes } = await batch(
    'trash.restore',
    ids.map((each) => ({ id: each })),
  );
  expect(bytes).toBeLessThan(MOST_BYTES);
  const refused = (json as { error?: { message: string } }[]).filter(({ error }) => error !== undefined).length;
  expect(refused).toBeGreaterThanOrEqual(CALLS - 20);
  expect((await ask('DELETE', '/v1/trash')).json).toEqual({ deleted: refused });
});

type Outcome = { resource: object | null; error: { code: string; message: string } | null };
test.each([
  [
    'REST',
    async () => {
      const item = { name: 'heavy', directory_path: '/', content: CONTENT, on_conflict: 'keep' };
      const { json, bytes } = await ask('POST', '/v1/resources/batch', { items: times(() => item) });
      return { items: json.items as Outcome[], bytes };
    },
  ],
  [
    'tRPC',
    async () => {
      const { json, bytes } = await ask('POST', '/trpc/resource.createMany', { items: times(() => kept) });
      return { items: json.result.data.items as Outcome[], bytes };
    },
  ],
  [
    'GraphQL',
    async () => {
      const query = `mutation ($items: [CreateResourceInput!]!) {
        createResources(items: $items) { resource { metadata } error { code message } }
      }`;
      const variables = { items: times(() => ({ ...kept, onConflict: 'KEEP' })) };
      const { json, bytes } = await ask('POST', '/graphql', { query, variables });
      return { items: json.data.createResources as Outcome[], bytes };
    },
  ],
] as const)(
  'heavy records that creates of one list have kept are bounded in %s, each with its outcome',
  async (_, create) => {
    const { items, bytes } = await create();
    expect(bytes).toBeLessThan(MOST_BYTES);
    const refused = items.flatMap(({ error }) => error ?? []);
    expect(refused.length).toBeGreaterThanOrEqual(CALLS - 20);
    for (const { code, message } of refused) {
      expect(code).toBe('invalid_input');
      expect(message).toMatch(REFUSAL);
    }
  },
);
