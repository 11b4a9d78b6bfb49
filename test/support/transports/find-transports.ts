// Finding, said in each transport, with each answer brought to one form.
import { type ChangeKind, send, type Target, toSnakeCase } from './change-transports.ts';
import type { Input } from './transports.ts';

export type FindOperation = 'byId' | 'byPath' | 'list' | 'directory';

export type FindAnswer = {
  readonly kind: ChangeKind;
  /** In camelCase; a list is its items and the next cursor. Null when refused. */
  readonly value: unknown;
  readonly message: string | null;
};

export type FindTransport = {
  readonly name: 'REST' | 'GraphQL' | 'tRPC';
  /** `input` is spelt in camelCase, as tRPC takes it. */
  find(operation: FindOperation, input: Input, target: Target): Promise<FindAnswer>;
};

const KINDS: { readonly [status: number | string]: ChangeKind } = {
  400: 'bad_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  500: 'internal',
  BAD_REQUEST: 'bad_request',
  UNAUTHENTICATED: 'unauthenticated',
  UNAUTHORIZED: 'unauthenticated',
  FORBIDDEN: 'forbidden',
  NOT_FOUND: 'not_found',
  INTERNAL_SERVER_ERROR: 'internal',
};

function refuse(status: number | string, message: string): FindAnswer {
  return { kind: KINDS[status] as ChangeKind, value: null, message };
}

/** All keys but those within metadata, which is the caller's own. */
function toCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toCamelCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
      key === 'metadata' ? inner : toCamelCase(inner),
    ]),
  );
}

function toQuery(input: Input): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(toSnakeCase(input) as Input)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) && name !== 'metadata' ? value : [value]) {
      query.append(name, typeof one === 'object' ? JSON.stringify(one) : `${one}`);
    }
  }
  return `${query}`;
}

const REST_PATHS: { readonly [name in FindOperation]: (input: Input) => string } = {
  byId: ({ id }) => `/v1/resources/${id}`,
  byPath: (input) => `/v1/resources/by-path?${toQuery(input)}`,
  list: (input) => `/v1/resources?${toQuery(input)}`,
  directory: (input) => `/v1/directories?${toQuery(input)}`,
};

const rest: FindTransport = {
  name: 'REST',
  async find(operation, input, target) {
    const { status, json } = await send('GET', REST_PATHS[operation](input), target);
    if (status === 200) return { kind: 'ok', value: toCamelCase(json), message: null };
    if (Object.keys(json).join() !== 'error') throw new Error(`REST said more than error: ${JSON.stringify(json)}`);
    return refuse(status, json.error);
  },
};

const FIELDS = `id accountId name directoryPath mimeType sha256 originalUri externalId externalStorageType storageBucket
  storageKey sizeBytes tags metadata createdBy createdAt updatedAt`;

const QUERIES: { readonly [name in FindOperation]: string } = {
  byId: `query ($id: ID!) { value: resource(id: $id) { ${FIELDS} } }`,
  byPath: `query ($directoryPath: String!, $name: String!) {
    value: resourceByPath(directoryPath: $directoryPath, name: $name) { ${FIELDS} }
  }`,
  list: `query ($filter: ResourceFilter, $sort: ResourceSort, $limit: Int, $cursor: String) {
    value: resources(filter: $filter, sort: $sort, first: $limit, after: $cursor) {
      edges { node { ${FIELDS} } cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`,
  directory: `query ($path: String!, $limit: Int, $cursor: String) {
    value: directory(path: $path, first: $limit, after: $cursor) {
      path name resourceCount sizeBytes directories { path name resourceCount sizeBytes } nextCursor
    }
  }`,
};

/** GraphQL writes the values of enumerations in capitals. */
const toCapitals = (value: unknown) => (typeof value === 'string' ? value.toUpperCase() : value);

/** A filter and an order have a type of their own in GraphQL. */
function toVariables(operation: FindOperation, { sort, order, limit, cursor, ...filter }: Input): Input {
  if (operation !== 'list') return { ...filter, limit, cursor };
  return {
    limit,
    cursor,
    filter,
    ...(sort === undefined ? {} : { sort: { by: toCapitals(sort), order: toCapitals(order) } }),
  };
}

type Connection = {
  edges: { node: unknown; cursor: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
};

function fromConnection({ edges, pageInfo }: Connection) {
  const { hasNextPage, startCursor, endCursor } = pageInfo;
  if (startCursor !== (edges.at(0)?.cursor ?? null) || endCursor !== (edges.at(-1)?.cursor ?? null)) {
    throw new Error('the page and its edges disagree');
  }
  return { items: edges.map(({ node }) => node), nextCursor: hasNextPage ? endCursor : null };
}

const graphql: FindTransport = {
  name: 'GraphQL',
  async find(operation, input, target) {
    const body = { query: QUERIES[operation], variables: toVariables(operation, input) };
    const { json } = await send('POST', '/graphql', { ...target, body });
    const [error] = json.errors ?? [];
    if (error !== undefined) return refuse(error.extensions.code, error.message);
    const { value } = json.data;
    return { kind: 'ok', value: operation === 'list' ? fromConnection(value) : value, message: null };
  },
};

const trpc: FindTransport = {
  name: 'tRPC',
  async find(operation, input, target) {
    const query = new URLSearchParams({ input: JSON.stringify(input) });
    const { json } = await send('GET', `/trpc/resource.${operation}?${query}`, target);
    if (json.error !== undefined) return refuse(json.error.data.code, json.error.message);
    return { kind: 'ok', value: json.result.data, message: null };
  },
};

export const FIND_TRANSPORTS: readonly FindTransport[] = [rest, graphql, trpc];
