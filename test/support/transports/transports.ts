// The same create, said in each transport, with each answer brought to one form so that they can be compared.

/** A create's input in camelCase; anything may stand in it, since bad input is half of what is compared. */
export type Input = { [key: string]: unknown };

export type Kind =
  | 'ok'
  | 'bad_request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'precondition_failed'
  | 'internal';

export type Answer = {
  readonly kind: Kind;
  /** The resource in camelCase, or null. */
  readonly resource: { readonly [key: string]: unknown } | null;
  /** The refusal's sentence, or null. */
  readonly message: string | null;
  /** What the create has come to, as the header or an item tells; null when refused. */
  readonly outcome: string | null;
};

type Target = { readonly url: string; readonly token: string | null };

export type Transport = {
  readonly name: string;
  create(input: Input, target: Target): Promise<Answer>;
};

async function post(path: string, body: unknown, { url, token }: Target) {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, json: JSON.parse(await response.text()) };
}

export const toSnakeCase = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
export const toCamelCase = (key: string) =>
  key.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());

export function mapKeys(
  object: { [key: string]: unknown },
  rename: (key: string) => string,
): { [key: string]: unknown } {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [rename(key), value]));
}

const REST_KINDS: { readonly [status: number]: Kind } = {
  400: 'bad_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  500: 'internal',
};

type HttpAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly json: ReturnType<typeof JSON.parse>;
};

const outcomeOf = (headers: Headers) => headers.get('resource-outcome');

export function toRestAnswer({ status, headers, json }: HttpAnswer): Answer {
  const outcome = outcomeOf(headers);
  if (status === 200) return { kind: 'ok', resource: mapKeys(json, toCamelCase), message: null, outcome };
  if (Object.keys(json).join() !== 'error') throw new Error(`REST said more than error: ${JSON.stringify(json)}`);
  // The contract's create has no status for it.
  const isStale = status === 409 && headers.get('x-error-code') === 'precondition_failed';
  const kind = isStale ? 'precondition_failed' : (REST_KINDS[status] as Kind);
  return { kind, resource: null, message: json.error, outcome };
}

const rest: Transport = {
  name: 'REST',
  create: async (input, target) => toRestAnswer(await post('/v1/resources', mapKeys(input, toSnakeCase), target)),
};

const GRAPHQL_KINDS: { readonly [code: string]: Kind } = {
  BAD_REQUEST: 'bad_request',
  UNAUTHENTICATED: 'unauthenticated',
  FORBIDDEN: 'forbidden',
  NOT_FOUND: 'not_found',
  CONFLICT: 'conflict',
  PRECONDITION_FAILED: 'precondition_failed',
  INTERNAL_SERVER_ERROR: 'internal',
};

export const RESOURCE_FIELDS = `
    id accountId name directoryPath mimeType sha256 originalUri externalId externalStorageType storageBucket storageKey
    sizeBytes tags metadata createdBy createdAt updatedAt`;
export const CREATE_MUTATION = `mutation Create($input: CreateResourceInput!) {
  createResource(input: $input) {${RESOURCE_FIELDS}
  }
}`;

/** GraphQL writes enumerations in capitals. */
export function toGraphqlInput(input: Input): Input {
  const { onConflict } = input;
  return typeof onConflict === 'string' ? { ...input, onConflict: onConflict.toUpperCase() } : input;
}

export function toGraphqlAnswer({ headers, json }: HttpAnswer): Answer {
  const outcome = outcomeOf(headers);
  if (json.errors === undefined) return { kind: 'ok', resource: json.data.createResource, message: null, outcome };
  const [error] = json.errors;
  return { kind: GRAPHQL_KINDS[error.extensions.code] as Kind, resource: null, message: error.message, outcome };
}

const graphql: Transport = {
  name: 'GraphQL',
  create: async (input, target) =>
    toGraphqlAnswer(
      await post('/graphql', { query: CREATE_MUTATION, variables: { input: toGraphqlInput(input) } }, target),
    ),
};

const TRPC_KINDS: { readonly [code: string]: Kind } = { ...GRAPHQL_KINDS, UNAUTHORIZED: 'unauthenticated' };

export function toTrpcAnswer({ headers, json }: HttpAnswer): Answer {
  const outcome = outcomeOf(headers);
  if (json.error === undefined) return { kind: 'ok', resource: json.result.data, message: null, outcome };
  return { kind: TRPC_KINDS[json.error.data.code] as Kind, resource: null, message: json.error.message, outcome };
}

const trpc: Transport = {
  name: 'tRPC',
  create: async (input, target) => toTrpcAnswer(await post('/trpc/resource.create', input, target)),
};

export const TRANSPORTS: readonly Transport[] = [rest, graphql, trpc];
