// The operations on webhooks, said in each transport, with each answer brought to one form.
import { type ChangeKind, send, type Target, toSnakeCase } from './change-transports.ts';

export type WebhookOperation =
  | 'create'
  | 'list'
  | 'byId'
  | 'update'
  | 'delete'
  | 'test'
  | 'rotateSecret'
  | 'replay'
  | 'deliveries';

type Input = { [key: string]: unknown };

export type WebhookAnswer = {
  readonly kind: ChangeKind;
  /** In camelCase. */
  readonly value: unknown;
  readonly message: string | null;
};

export type WebhookTransport = {
  readonly name: 'REST' | 'GraphQL' | 'tRPC';
  /** `input` is spelt in camelCase, as tRPC takes it. */
  call(operation: WebhookOperation, input: Input, target: Target): Promise<WebhookAnswer>;
};

const KINDS: { readonly [word: string]: ChangeKind } = {
  200: 'ok',
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

const PATH = '/v1/webhooks';
const toPath = (id: unknown, rest = '') => `${PATH}/${encodeURIComponent(`${id}`)}${rest}`;

const REST_CALLS: {
  readonly [name in WebhookOperation]: (input: Input, target: Target) => ReturnType<typeof send>;
} = {
  create: (body, target) => send('POST', PATH, { ...target, body: toSnakeCase(body) }),
  list: (_none, target) => send('GET', PATH, target),
  byId: ({ id }, target) => send('GET', toPath(id), target),
  update: ({ id, ...body }, target) => send('PATCH', toPath(id), { ...target, body: toSnakeCase(body) }),
  delete: ({ id }, target) => send('DELETE', toPath(id), target),
  test: ({ id }, target) => send('POST', toPath(id, '/test'), target),
  rotateSecret: ({ id }, target) => send('POST', toPath(id, '/rotate-secret'), target),
  replay: ({ id, ...body }, target) => send('POST', toPath(id, '/replay'), { ...target, body }),
  deliveries: ({ id, ...query }, target) =>
    send('GET', toPath(id, `/deliveries?${new URLSearchParams(query as never)}`), target),
};

function toCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toCamelCase);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase()),
    toCamelCase(inner),
  ]);
  return Object.fromEntries(entries);
}

const rest: WebhookTransport = {
  name: 'REST',
  async call(operation, input, target) {
    const { status, json } = await REST_CALLS[operation](input, target);
    const kind = KINDS[status] as ChangeKind;
    return kind === 'ok'
      ? { kind, value: toCamelCase(json), message: null }
      : { kind, value: null, message: json.error };
  },
};

const WEBHOOK = `id url types directoryPath description enabled disabledReason secret previousSecretExpiresAt cursor
  failingSince createdBy createdAt updatedAt`;
const ATTEMPT = 'at status durationMs response error';

const DOCUMENTS: { readonly [name in WebhookOperation]: string } = {
  create: `mutation ($input: CreateWebhookInput!) { value: createWebhook(input: $input) { ${WEBHOOK} } }`,
  list: `query { value: webhooks { ${WEBHOOK} } }`,
  byId: `query ($id: ID!) { value: webhook(id: $id) { ${WEBHOOK} } }`,
  update: `mutation ($id: ID!, $input: UpdateWebhookInput!) {
    value: updateWebhook(id: $id, input: $input) { ${WEBHOOK} } }`,
  delete: 'mutation ($id: ID!) { value: deleteWebhook(id: $id) { deleted } }',
  test: `mutation ($id: ID!) { value: testWebhook(id: $id) { delivered ${ATTEMPT} } }`,
  rotateSecret: `mutation ($id: ID!) { value: rotateWebhookSecret(id: $id) { ${WEBHOOK} } }`,
  replay: `mutation ($id: ID!, $after: String!) { value: replayWebhook(id: $id, after: $after) { ${WEBHOOK} } }`,
  deliveries: `query ($id: ID!, $failed: Boolean, $first: Int, $after: String) {
    value: webhookDeliveries(id: $id, failed: $failed, first: $first, after: $after) {
      items { eventId type state nextAttemptAt attempts { ${ATTEMPT} } } nextCursor } }`,
};

function toVariables(operation: WebhookOperation, input: Input): Input {
  if (operation === 'create') return { input };
  const { id, limit, cursor, ...others } = input;
  if (operation === 'update') return { id, input: others };
  return { id, first: limit, ...(operation === 'deliveries' ? { after: cursor } : {}), ...others };
}

const lower = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value);

/** GraphQL writes enumerations in capitals. */
function toPlain(operation: WebhookOperation, value: unknown): unknown {
  if (operation === 'list') return { items: (value as Input[]).map(withReason) };
  if (operation === 'deliveries') {
    const page = value as { items: Input[] };
    return { ...page, items: page.items.map((item) => ({ ...item, state: lower(item.state) })) };
  }
  return operation === 'delete' || operation === 'test' ? value : withReason(value as Input);
}

const withReason = (webhook: Input) => ({ ...webhook, disabledReason: lower(webhook.disabledReason) });

const graphql: WebhookTransport = {
  name: 'GraphQL',
  async call(operation, input, target) {
    const body = { query: DOCUMENTS[operation], variables: toVariables(operation, input) };
    const { json } = await send('POST', '/graphql', { ...target, body });
    const [error] = json.errors ?? [];
    if (error === undefined) return { kind: 'ok', value: toPlain(operation, json.data.value), message: null };
    return { kind: KINDS[error.extensions.code] as ChangeKind, value: null, message: error.message };
  },
};

const QUERIES: ReadonlySet<WebhookOperation> = new Set(['byId', 'list', 'deliveries']);

const trpc: WebhookTransport = {
  name: 'tRPC',
  async call(operation, input, target) {
    const path = `/trpc/webhook.${operation}`;
    const query = operation === 'list' ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
    const { json } = QUERIES.has(operation)
      ? await send('GET', `${path}${query}`, target)
      : await send('POST', path, { ...target, body: input });
    if (json.error === undefined) return { kind: 'ok', value: json.result.data, message: null };
    return { kind: KINDS[json.error.data.code] as ChangeKind, value: null, message: json.error.message };
  },
};

export const WEBHOOK_TRANSPORTS: readonly WebhookTransport[] = [rest, graphql, trpc];
