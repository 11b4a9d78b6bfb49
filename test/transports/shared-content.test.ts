// One content for several creates of a request, of which some are refused: what is acknowledged keeps its bytes.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { BlobStore } from '../../src/domain/flow/stream.ts';
import { type Finding, verify } from '../../src/domain/maintenance/verify.ts';
import { openRepository, type Repository } from '../../src/persistence/repository.ts';
import { openDirectoryStore } from '../../src/storage/directory/store.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { send } from '../support/transports/downloading.ts';

const cleanup = new AsyncDisposableStack();
let gateway: Gateway;
let catalog: Repository;
let blobs: BlobStore;
beforeAll(async () => {
  const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
  gateway = cleanup.use(await startGateway({ INLINE_MAX_BYTES: '0', DATABASE_URL: url }));
  catalog = cleanup.adopt(await openRepository({ database: { kind: 'postgres', url } }), (it) => it.close());
  blobs = cleanup.adopt(await openDirectoryStore({ directory: join(gateway.dataDir, 'blobs') }), (it) => it.close());
});
afterAll(() => cleanup.disposeAsync());

async function findFlaws(): Promise<Finding[]> {
  const { signal } = new AbortController();
  const findings: Finding[] = [];
  const onFinding = (finding: Finding) => findings.push(finding);
  const limits = { exclusive: true, settleMs: 0, maxReadsAtOnce: 4, onProgress: () => {} };
  await verify({ blobs, catalog, signal, ...limits, onFinding });
  return findings;
}

/** Creates one resource for each name with the same bytes; gives the ids of those that were acknowledged. */
type Way = (names: readonly string[], bytes: Buffer<ArrayBuffer>, token: string) => Promise<string[]>;
type Outcome = { resource: { id: string } | null; error: { code: string } | null };

const LIST = '{ resource { id } error { code } }';
const toIds = (outcomes: readonly Outcome[]) =>
  outcomes.flatMap(({ resource }) => (resource === null ? [] : [resource.id]));

async function ask(query: string, variables: object, token: string) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ query, variables });
  return await (await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body })).json();
}

const toDataUri = (bytes: Buffer) => `data:application/octet-stream;base64,${bytes.toString('base64')}`;

const byFile: Way = async (names, bytes, token) => {
  const items = names.map((name) => ({ name, directoryPath: '/', file: null }));
  const query = `mutation ($items: [CreateResourceInput!]!) { createResources(items: $items) ${LIST} }`;
  const form = new FormData();
  form.set('operations', JSON.stringify({ query, variables: { items } }));
  form.set('map', JSON.stringify({ 0: items.map((_, index) => `variables.items.${index}.file`) }));
  form.set('0', new Blob([bytes]), 'shared.bin');
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: form });
  return toIds(((await response.json()) as { data: { createResources: Outcome[] } }).data.createResources);
};

const byVariable: Way = async (names, bytes, token) => {
  const items = names.map((name) => `{ name: "${name}", directoryPath: "/", content: $content }`).join(' ');
  const query = `mutation ($content: String!) { createResources(items: [${items}]) ${LIST} }`;
  const { data } = (await ask(query, { content: toDataUri(bytes) }, token)) as { data: { createResources: Outcome[] } };
  return toIds(data.createResources);
};

const byAliases: Way = async (names, bytes, token) => {
  const fields = names.map(
    (name, index) =>
      `a${index}: createResource(input: { name: "${name}", directoryPath: "/", content: $content }) { id }`,
  );
  const query = `mutation ($content: String!) { ${fields.join(' ')} }`;
  // The field may not be null: a refusal ends the mutation and takes its answer. What was stored before is asked for.
  const { errors } = (await ask(query, { content: toDataUri(bytes) }, token)) as { errors: unknown[] };
  expect(errors).toMatchObject([{ extensions: { code: 'CONFLICT' } }]);
  const listed = await send(`${gateway.url}/v1/resources`, { headers: { authorization: `Bearer ${token}` } });
  const { items } = JSON.parse(listed.body.toString()) as { items: { id: string; size_bytes: number }[] };
  return items.filter(({ size_bytes }) => size_bytes === bytes.length).map(({ id }) => id);
};

describe.each([
  { what: 'a file of a form', create: byFile, isEndedByRefusal: false },
  { what: 'a variable above 1 MiB', create: byVariable, isEndedByRefusal: false },
  { what: 'a variable above 1 MiB in aliases', create: byAliases, isEndedByRefusal: true },
])('creates that share $what', ({ what, create, isEndedByRefusal }) => {
  test.each([
    { names: ['a', 'a'], refused: 1 },
    { names: ['taken', 'a', 'b'], refused: 0 },
    { names: ['a', 'taken', 'b'], refused: 1 },
    { names: ['a', 'b', 'taken'], refused: 2 },
  ])('as $names: every acknowledged one can be read, and nothing else is kept', async ({ names, refused }) => {
    const token = await gateway.token({ account: [...what.split(' '), ...names].join('-') });
    await byFile(['taken'], Buffer.from('other content'), token);
    const bytes = Buffer.alloc(1_500_000, names.join('-'));
    const created = await create(names, bytes, token);
    expect(created).toHaveLength(isEndedByRefusal ? refused : names.length - 1);
    for (const id of created) {
      const headers = { authorization: `Bearer ${token}` };
      const { status, body } = await send(`${gateway.url}/v1/resources/${id}/content`, { headers });
      expect({ status, isSame: body.equals(bytes) }).toEqual({ status: 200, isSame: true });
    }
    expect(await findFlaws()).toEqual([]);
  });
});
