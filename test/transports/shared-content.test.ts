import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../gateway.ts';
import { send } from './downloading.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ INLINE_MAX_BYTES: '0' });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const QUERY = `mutation ($items: [CreateResourceInput!]!) {
  createResources(items: $items) { resource { id } error { code } }
}`;

type Outcome = { resource: { id: string } | null; error: { code: string } | null };

async function upload(names: readonly string[], bytes: Buffer<ArrayBuffer>, token: string): Promise<Outcome[]> {
  const items = names.map((name) => ({ name, directoryPath: '/', file: null }));
  const form = new FormData();
  form.set('operations', JSON.stringify({ query: QUERY, variables: { items } }));
  form.set('map', JSON.stringify({ 0: items.map((_, index) => `variables.items.${index}.file`) }));
  form.set('0', new Blob([bytes]), 'shared.bin');
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: form });
  return ((await response.json()) as { data: { createResources: Outcome[] } }).data.createResources;
}

test.each([[['a', 'a']], [['taken', 'a', 'b']], [['a', 'taken', 'b']], [['a', 'b', 'taken']]])(
  'every acknowledged one of the creates %j that share a file can be read',
  async (names) => {
    const token = await gateway.token({ account: names.join('-') });
    await upload(['taken'], Buffer.from('other content'), token);
    const bytes = Buffer.alloc(50_000, names.join('-'));
    const outcomes = await upload(names, bytes, token);
    const created = outcomes.flatMap(({ resource }) => (resource === null ? [] : [resource.id]));
    expect(created).toHaveLength(names.length - 1);
    for (const id of created) {
      const headers = { authorization: `Bearer ${token}` };
      const { status, body } = await send(`${gateway.url}/v1/resources/${id}/content`, { headers });
      expect({ status, isSame: body.equals(bytes) }).toEqual({ status: 200, isSame: true });
    }
  },
);
