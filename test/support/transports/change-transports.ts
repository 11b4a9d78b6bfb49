// Changes, deletions and many creates, said in each transport, with each answer brought to one form.
import type { Input, Kind } from './transports.ts';

export type ChangeKind = Kind | 'precondition_failed';

export type Operation = 'update' | 'delete' | 'deleteMany' | 'deleteDirectory' | 'moveDirectory' | 'createMany';

export type ChangeAnswer = {
  readonly kind: ChangeKind;
  /** A resource or outcomes in camelCase, or a count; null when refused. */
  readonly value: unknown;
  readonly message: string | null;
};

export type Target = { readonly url: string; readonly token: string | null };

export type ChangeTransport = {
  readonly name: 'REST' | 'GraphQL' | 'tRPC';
  /** `input` is spelt in camelCase, as tRPC takes it. */
  call(operation: Operation, input: Input, target: Target): Promise<ChangeAnswer>;
};

export async function send(
  method: string,
  path: string,
  { url, token, body, headers }: Target & { body?: unknown; headers?: { [name: string]: string } },
) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...headers,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, json: JSON.parse(await response.text()) };
}

const isObject = (value: unknown): value is Input =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** All keys but those within metadata, which is the caller's own. */
function rename(value: unknown, spell: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => rename(item, spell));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [spell(key), key === 'metadata' ? inner : rename(inner, spell)]),
  );
}
export const toSnakeCase = (value: unknown) =>
  rename(value, (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
export const toCamelCase = (value: unknown) =>
  rename(value, (key) => key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()));

const REST_KINDS: { readonly [status: number]: ChangeKind } = {
  200: 'ok',
  400: 'bad_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  412: 'precondition_failed',
  500: 'internal',
};

const REST_CALLS: { readonly [name in Operation]: (input: Input, target: Target) => ReturnType<typeof send> } = {
  update: ({ id, ...body }, target) => send('PATCH', `/v1/resources/${id}`, { ...target, body: toSnakeCase(body) }),
  delete: ({ id, ifMatch }, target) =>
    send('DELETE', `/v1/resources/${id}`, {
      ...target,
      ...(ifMatch === undefined ? {} : { headers: { 'if-match': `${ifMatch}` } }),
    }),
  deleteMany: (body, target) => send('POST', '/v1/resources/delete', { ...target, body }),
  deleteDirectory: ({ path }, target) =>
    send('DELETE', `/v1/directories?path=${encodeURIComponent(`${path}`)}`, target),
  moveDirectory: (body, target) => send('POST', '/v1/directories/move', { ...target, body }),
  createMany: (body, target) => send('POST', '/v1/resources/batch', { ...target, body: toSnakeCase(body) }),
};

const rest: ChangeTransport = {
  name: 'REST',
  async call(operation, input, target) {
    const { status, json } = await REST_CALLS[operation](input, target);
    const kind = REST_KINDS[status] as ChangeKind;
    if (kind === 'ok') return { kind, value: toValue(operation, toCamelCase(json)), message: null };
    if (Object.keys(json).join() !== 'error') throw new Error(`REST said more than error: ${JSON.stringify(json)}`);
    return { kind, value: null, message: json.error };
  },
};

/** A count or a list stands in an object, but for those of GraphQL that do not. */
function toValue(operation: Operation, json: unknown): unknown {
  if (operation === 'update' || !isObject(json)) return json;
  return json.deleted ?? json.moved ?? json.items;
}

const FIELDS = `id accountId name directoryPath mimeType sha256 originalUri externalId externalStorageType storageBucket
  storageKey sizeBytes tags metadata createdBy createdAt updatedAt`;

const MUTATIONS: { readonly [name in Operation]: string } = {
  update: `mutation ($id: ID!, $input: UpdateResourceInput!) { value: updateResource(id: $id, input: $input) { ${FIELDS} } }`,
  delete:
    'mutation ($id: ID!, $ifMatch: String) { value: deleteResource(id: $id, ifMatch: $ifMatch) { deletedId deleted } }',
  deleteMany: 'mutation ($ids: [ID!]!) { value: deleteResources(ids: $ids) { deletedIds deleted } }',
  deleteDirectory: 'mutation ($path: String!) { value: deleteDirectory(path: $path) { path deleted } }',
  moveDirectory: 'mutation ($from: String!, $to: String!) { value: moveDirectory(from: $from, to: $to) }',
  createMany: `mutation ($items: [CreateResourceInput!]!) {
    value: createResources(items: $items) { resource { ${FIELDS} } outcome error { code message } }
  }`,
};

const RPC_KINDS: { readonly [code: string]: ChangeKind } = {
  BAD_REQUEST: 'bad_request',
  UNAUTHENTICATED: 'unauthenticated',
  UNAUTHORIZED: 'unauthenticated',
  FORBIDDEN: 'forbidden',
  NOT_FOUND: 'not_found',
  CONFLICT: 'conflict',
  PRECONDITION_FAILED: 'precondition_failed',
  INTERNAL_SERVER_ERROR: 'internal',
};

const graphql: ChangeTransport = {
  name: 'GraphQL',
  async call(operation, { id, ...input }, target) {
    const variables = operation === 'update' ? { id, input } : { id, ...input };
    const { json } = await send('POST', '/graphql', { ...target, body: { query: MUTATIONS[operation], variables } });
    const [error] = json.errors ?? [];
    if (error !== undefined) {
      return { kind: RPC_KINDS[error.extensions.code] as ChangeKind, value: null, message: error.message };
    }
    const { value } = json.data;
    const shown = operation === 'createMany' ? value.map(withoutCapitals) : value;
    return { kind: 'ok', value: toValue(operation, shown), message: null };
  },
};

/** GraphQL has the values of its enumerations in capitals. */
function withoutCapitals({ outcome, ...item }: { readonly outcome: string | null }) {
  return { ...item, outcome: outcome?.toLowerCase() ?? null };
}

const trpc: ChangeTransport = {
  name: 'tRPC',
  async call(operation, input, target) {
    const { json } = await send('POST', `/trpc/resource.${operation}`, { ...target, body: input });
    if (json.error === undefined) return { kind: 'ok', value: toValue(operation, json.result.data), message: null };
    return { kind: RPC_KINDS[json.error.data.code] as ChangeKind, value: null, message: json.error.message };
  },
};

export const CHANGE_TRANSPORTS: readonly ChangeTransport[] = [rest, graphql, trpc];
