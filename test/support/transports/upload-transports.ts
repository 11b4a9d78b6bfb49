// The operations on uploads, said in each transport, with each answer brought to one form.
import { type ChangeKind, send, type Target, toSnakeCase } from './change-transports.ts';
import { RESOURCE_FIELDS, toGraphqlInput } from './transports.ts';

export type UploadOperation = 'create' | 'byId' | 'list' | 'cancel' | 'parts' | 'receivedParts' | 'complete';

type Input = { [key: string]: unknown };

export type UploadAnswer = {
  readonly kind: ChangeKind;
  /** In camelCase; of a completion the resource when there is one, else the upload. */
  readonly value: unknown;
  readonly message: string | null;
};

export type UploadTransport = {
  readonly name: 'REST' | 'GraphQL' | 'tRPC';
  /** `input` is spelt in camelCase, as tRPC takes it. */
  call(operation: UploadOperation, input: Input, target: Target): Promise<UploadAnswer>;
};

const KINDS: { readonly [word: string]: ChangeKind } = {
  200: 'ok',
  400: 'bad_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  500: 'internal',
  BAD_REQUEST: 'bad_request',
  UNAUTHENTICATED: 'unauthenticated',
  UNAUTHORIZED: 'unauthenticated',
  FORBIDDEN: 'forbidden',
  NOT_FOUND: 'not_found',
  CONFLICT: 'conflict',
  INTERNAL_SERVER_ERROR: 'internal',
};

const REST_CALLS: {
  readonly [name in UploadOperation]: (input: Input, target: Target) => ReturnType<typeof send>;
} = {
  create: (body, target) => send('POST', '/v1/uploads', { ...target, body: toSnakeCase(body) }),
  byId: ({ id }, target) => send('GET', `/v1/uploads/${id}`, target),
  list: (query, target) => send('GET', `/v1/uploads?${new URLSearchParams(query as never)}`, target),
  cancel: ({ id }, target) => send('DELETE', `/v1/uploads/${id}`, target),
  parts: ({ id, ...body }, target) => send('POST', `/v1/uploads/${id}/parts`, { ...target, body }),
  receivedParts: ({ id }, target) => send('GET', `/v1/uploads/${id}/parts`, target),
  complete: ({ id }, target) => send('POST', `/v1/uploads/${id}/complete`, target),
};

function toCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toCamelCase);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase()),
    key === 'metadata' || key === 'headers' ? inner : toCamelCase(inner),
  ]);
  return Object.fromEntries(entries);
}

const rest: UploadTransport = {
  name: 'REST',
  async call(operation, input, target) {
    const { status, json } = await REST_CALLS[operation](input, target);
    const kind = KINDS[status] as ChangeKind;
    return kind === 'ok'
      ? { kind, value: toCamelCase(json), message: null }
      : { kind, value: null, message: json.error };
  },
};

const UPLOAD = `id state method sizeBytes offset expectedSha256 partSizeBytes tusUrl resourceId error createdAt expiresAt`;

const DOCUMENTS: { readonly [name in UploadOperation]: string } = {
  create: `mutation ($input: CreateUploadInput!) { value: createUpload(input: $input) { ${UPLOAD} } }`,
  byId: `query ($id: ID!) { value: upload(id: $id) { ${UPLOAD} } }`,
  list: `query ($first: Int, $after: String) { value: uploads(first: $first, after: $after) { items { ${UPLOAD} } nextCursor } }`,
  cancel: 'mutation ($id: ID!) { value: cancelUpload(id: $id) { cancelled } }',
  parts: `mutation ($id: ID!, $numbers: [Int!]!) {
    value: uploadParts(id: $id, numbers: $numbers) { number url headers expiresAt } }`,
  receivedParts: 'query ($id: ID!) { value: receivedParts(id: $id) { number sizeBytes } }',
  complete: `mutation ($id: ID!) {
    value: completeUpload(id: $id) { upload { ${UPLOAD} } resource { ${RESOURCE_FIELDS} } } }`,
};

/** GraphQL writes enumerations in capitals. */
function toVariables(operation: UploadOperation, input: Input): Input {
  if (operation === 'list') return { first: input.limit, after: input.cursor };
  if (operation !== 'create') return input;
  const { method, resource } = input;
  const intended = resource === undefined ? {} : { resource: toGraphqlInput(resource as Input) };
  return { input: { ...input, ...intended, ...(typeof method === 'string' && { method: method.toUpperCase() }) } };
}

const lowered = (upload: Input | null): Input | null =>
  upload && { ...upload, method: String(upload.method).toLowerCase(), state: String(upload.state).toLowerCase() };

function fromGraphql(operation: UploadOperation, value: Input & { items?: Input[]; upload?: Input }): unknown {
  if (operation === 'list') return { ...value, items: value.items?.map(lowered) };
  if (operation === 'parts' || operation === 'receivedParts') return { parts: value };
  if (operation === 'complete') return value.resource ?? lowered(value.upload ?? null);
  return operation === 'cancel' ? value : lowered(value);
}

const graphql: UploadTransport = {
  name: 'GraphQL',
  async call(operation, input, target) {
    const body = { query: DOCUMENTS[operation], variables: toVariables(operation, input) };
    const { json } = await send('POST', '/graphql', { ...target, body });
    const [error] = json.errors ?? [];
    if (error === undefined) return { kind: 'ok', value: fromGraphql(operation, json.data.value), message: null };
    return { kind: KINDS[error.extensions.code] as ChangeKind, value: null, message: error.message };
  },
};

const QUERIES: ReadonlySet<UploadOperation> = new Set(['byId', 'list', 'receivedParts']);

const trpc: UploadTransport = {
  name: 'tRPC',
  async call(operation, input, target) {
    const path = `/trpc/upload.${operation}`;
    const { json } = QUERIES.has(operation)
      ? await send('GET', `${path}?input=${encodeURIComponent(JSON.stringify(input))}`, target)
      : await send('POST', path, { ...target, body: input });
    if (json.error !== undefined) {
      return { kind: KINDS[json.error.data.code] as ChangeKind, value: null, message: json.error.message };
    }
    const { data } = json.result;
    const value = operation === 'complete' ? (data.resource ?? data.upload) : data;
    return { kind: 'ok', value, message: null };
  },
};

export const UPLOAD_TRANSPORTS: readonly UploadTransport[] = [rest, graphql, trpc];
