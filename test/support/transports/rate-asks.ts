// What is asked in each transport and form, and what it costs of the account's rate points.
import { randomUUID } from 'node:crypto';
import type { Gateway } from '../gateway.ts';
import { createTus, toMetadata } from '../tus/requests.ts';
import type { Target } from './change-transports.ts';

export type RateAsk = {
  readonly says: string;
  readonly cost: number;
  ask(target: Target & { readonly token: string }): Promise<Response>;
};

const HELLO = 'data:text/plain;base64,SGVsbG8=';
const NOBODY = '00000000-0000-7000-8000-000000000000';

const nextName = () => `${randomUUID()}.txt`;
const items = (count: number, pathKey: string) =>
  Array.from({ length: count }, () => ({ name: nextName(), [pathKey]: '/', content: HELLO }));

const json =
  (method: string, path: string, toBody: () => unknown = () => undefined): RateAsk['ask'] =>
  ({ url, token }) => {
    const body = toBody();
    return fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  };
const graphql = (toQuery: () => string, toVariables: () => object = () => ({})) =>
  json('POST', '/graphql', () => ({ query: toQuery(), variables: toVariables() }));
const trpcRead = (procedure: string, input: object) =>
  json('GET', `/trpc/${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`);

const tenCreates = () =>
  items(10, 'directoryPath')
    .map(
      ({ name }, at) =>
        `c${at}: createResource(input: {name: "${name}", directoryPath: "/", content: "${HELLO}"}) { id }`,
    )
    .join(' ');

const form: RateAsk['ask'] = ({ url, token }) => {
  const body = new FormData();
  body.append('name', nextName());
  body.append('directory_path', '/');
  body.append('file', new Blob(['Hello']), 'a.txt');
  return fetch(`${url}/v1/resources`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body });
};

/** All pieces of it, the last of which creates a resource. */
const tus: RateAsk['ask'] = async ({ url, token }) => {
  const client = createTus(url, token);
  const metadata = toMetadata({ name: nextName(), directory_path: '/' });
  const at = await client.create({ 'upload-length': '10', 'upload-metadata': metadata });
  await client.patch(at, 0, Buffer.from('Hello'));
  await client.head(at);
  const { resourceId } = await client.patch(at, 5, Buffer.from('World'));
  if (resourceId === null) throw new Error('the upload came to nothing');
  return await fetch(new URL(at, url), {
    method: 'HEAD',
    headers: { authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0' },
  });
};

/** A create, in each transport: what is refused when nothing is left. */
export const CREATES: readonly RateAsk[] = [
  { says: 'REST create', cost: 5, ask: json('POST', '/v1/resources', () => items(1, 'directory_path')[0]) },
  { says: 'REST form', cost: 5, ask: form },
  {
    says: 'REST batch of 3',
    cost: 15,
    ask: json('POST', '/v1/resources/batch', () => ({ items: items(3, 'directory_path') })),
  },
  { says: 'GraphQL document of 10 creates', cost: 50, ask: graphql(() => `mutation { ${tenCreates()} }`) },
  {
    says: 'GraphQL batch of 3',
    cost: 15,
    ask: graphql(
      () => 'mutation ($items: [CreateResourceInput!]!) { createResources(items: $items) { error { code } } }',
      () => ({ items: items(3, 'directoryPath') }),
    ),
  },
  { says: 'tRPC create', cost: 5, ask: json('POST', '/trpc/resource.create', () => items(1, 'directoryPath')[0]) },
  {
    says: 'tRPC list of 3',
    cost: 15,
    ask: json('POST', '/trpc/resource.createMany', () => ({ items: items(3, 'directoryPath') })),
  },
  {
    says: 'tRPC batch of 10 calls',
    cost: 50,
    ask: json('POST', `/trpc/${Array(10).fill('resource.create').join()}?batch=1`, () => ({
      ...items(10, 'directoryPath'),
    })),
  },
];

const READS: readonly RateAsk[] = [
  { says: 'REST list', cost: 1, ask: json('GET', '/v1/resources') },
  { says: 'REST read of what is not there', cost: 1, ask: json('GET', `/v1/resources/${NOBODY}`) },
  { says: 'REST list of webhooks', cost: 1, ask: json('GET', '/v1/webhooks') },
  { says: 'REST webhook', cost: 5, ask: json('POST', '/v1/webhooks', () => ({ url: 'https://example.com/' })) },
  { says: 'REST stream of events', cost: 1, ask: ({ url, token }) => streamEvents({ url, token }) },
  {
    says: 'GraphQL query of 3 fields',
    cost: 3,
    ask: graphql(
      () => '{ a: resources { edges { cursor } } b: resources { edges { cursor } } directory(path: "/") { path } }',
    ),
  },
  {
    says: 'GraphQL look at 4 ids',
    cost: 4,
    ask: graphql(
      () => 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      () => ({ ids: Array(4).fill(NOBODY) }),
    ),
  },
  { says: 'tRPC list', cost: 1, ask: trpcRead('resource.list', {}) },
];

const CHANGES: readonly RateAsk[] = [
  { says: 'REST delete', cost: 5, ask: json('DELETE', `/v1/resources/${NOBODY}`) },
  {
    says: 'REST delete of 3',
    cost: 15,
    ask: json('POST', '/v1/resources/delete', () => ({ ids: Array(3).fill(NOBODY) })),
  },
  {
    says: 'GraphQL delete of 3',
    cost: 15,
    ask: graphql(
      () => 'mutation ($ids: [ID!]!) { deleteResources(ids: $ids) { deleted } }',
      () => ({ ids: Array(3).fill(NOBODY) }),
    ),
  },
  {
    says: 'tRPC delete of a directory',
    cost: 5,
    ask: json('POST', '/trpc/resource.deleteDirectory', () => ({ path: '/none' })),
  },
  {
    says: 'REST restore of 3 from the trash',
    cost: 15,
    ask: json('POST', '/v1/trash/restore', () => ({ ids: Array(3).fill(NOBODY) })),
  },
  {
    says: 'GraphQL restore of 3 from the trash',
    cost: 15,
    ask: graphql(
      () => 'mutation ($ids: [ID!]) { restoreManyTrashed(ids: $ids) }',
      () => ({ ids: Array(3).fill(NOBODY) }),
    ),
  },
  {
    says: 'tRPC restore of 3 from the trash',
    cost: 15,
    ask: json('POST', '/trpc/trash.restoreMany', () => ({ ids: Array(3).fill(NOBODY) })),
  },
  { says: 'REST restore of a version', cost: 5, ask: json('POST', `/v1/resources/${NOBODY}/versions/1/restore`) },
  {
    says: 'GraphQL restore of a version',
    cost: 5,
    ask: graphql(() => `mutation { restoreVersion(id: "${NOBODY}", number: 1) { id } }`),
  },
  {
    says: 'tRPC restore of a version',
    cost: 5,
    ask: json('POST', '/trpc/resource.restoreVersion', () => ({ id: NOBODY, number: 1 })),
  },
  { says: 'REST beginning of an upload', cost: 5, ask: json('POST', '/v1/uploads', () => ({ size_bytes: 5 })) },
  { says: 'tus upload in two pieces, with its resource', cost: 5, ask: tus },
];

async function streamEvents({ url, token }: Target): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
  const response = await fetch(`${url}/v1/events`, { headers });
  await response.body?.cancel();
  return new Response(null, response);
}

export const ASKS: readonly RateAsk[] = [...CREATES, ...READS, ...CHANGES];

/** A token of an account that has asked nothing yet. */
export async function toFreshTarget(gateway: Gateway, account: string) {
  return { url: gateway.url, token: await gateway.token({ account }) };
}
