// Fields of a form whose text is JSON, sent as browsers and generated clients send JSON: as a part of that type, with the
// file name that a Blob always gets.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const toPart = (value: unknown) => new Blob([JSON.stringify(value)], { type: 'application/json' });

async function post(path: string, form: FormData) {
  const headers = { authorization: `Bearer ${await gateway.token()}` };
  const response = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: form });
  return JSON.parse(await response.text());
}

function createForm(fields: { readonly [name: string]: string | Blob }): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

const file = new Blob(['{"a":1}'], { type: 'application/json' });

test.each([
  { transport: 'REST', path: '/v1/resources', directory: 'directory_path' },
  { transport: 'tRPC', path: '/trpc/resource.create', directory: 'directoryPath' },
])(
  '$transport takes metadata and tags as parts of JSON, and a JSON file as a file',
  async ({ transport, path, directory }) => {
    const parts = { metadata: toPart({ project: 'x' }), tags: toPart(['a', 'b']), file };
    const answer = await post(path, createForm({ name: transport, [directory]: '/', ...parts }));
    const resource = answer.result?.data ?? answer;
    expect(resource).toMatchObject({ metadata: { project: 'x' }, tags: ['a', 'b'] });
    expect(resource.mime_type ?? resource.mimeType).toBe('application/json');
    expect(resource.size_bytes ?? resource.sizeBytes).toBe(7);
  },
);

test('GraphQL takes operations and map as parts of JSON', async () => {
  const query = `mutation ($file: Upload!) {
    createResource(input: { name: "g", directoryPath: "/", file: $file }) { sizeBytes mimeType }
  }`;
  const operations = toPart({ query, variables: { file: null } });
  const { data, errors } = await post(
    '/graphql',
    createForm({ operations, map: toPart({ 0: ['variables.file'] }), 0: file }),
  );
  expect(errors).toBeUndefined();
  expect(data.createResource).toEqual({ sizeBytes: 7, mimeType: 'application/json' });
});
