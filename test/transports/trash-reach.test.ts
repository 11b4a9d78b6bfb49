// What is in the trash is out of reach of every operation but those of the trash. An operation that has no row here fails.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPERATIONS, type OperationName, toRoute } from '../../src/schema/operations.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { kindOf } from '../support/schema/operation-kind.ts';
import { send, type Target, toCamelCase, toSnakeCase } from '../support/transports/change-transports.ts';
import type { Input } from '../support/transports/transports.ts';
import { createTus, toMetadata } from '../support/tus/requests.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Trashed = {
  readonly target: Target & { readonly token: string };
  readonly id: string;
  readonly uploadId: string;
  readonly directoryPath: string;
  readonly name: string;
  readonly content: string;
  readonly sha256: string;
};
type Answer = { readonly code: string; readonly value: unknown; readonly text: string };

type Reach = {
  /** What is asked, as tRPC takes it. */
  input(trashed: Trashed): Input;
  /** What GraphQL asks of the answer; null: it has no field of its own for this, and reaches it by a resource alone. */
  readonly select: string | null;
  /** GraphQL's arguments, where they are not the input. */
  toArguments?(input: Input): Input;
  /** The code of a refusal, or a part of the value. */
  is(trashed: Trashed): unknown;
  /** Of GraphQL, where that says it in another way. */
  graphqlIs?(trashed: Trashed): unknown;
};

const byId = ({ id }: Trashed) => ({ id });
const notFound = () => 'not_found';
/** Another one in its place: nothing stands there. */
const another = ({ id, name }: Trashed) => ({ id: expect.not.stringContaining(id), name });
const place = ({ directoryPath, name }: Trashed) => ({ directoryPath, name });
const toCreate = (trashed: Trashed) => ({ ...place(trashed), content: 'data:;base64,b3RoZXI=' });
const inOne = (input: Input) => ({ input });

const OF_TRASH = 'what the trash is for';
const OF_WEBHOOKS = 'no resource in it';

/** Of every operation, how it is asked for what is in the trash; or why it need not be. */
const REACH: { readonly [name in OperationName]: Reach | string } = {
  createResource: { input: toCreate, toArguments: inOne, select: '{ id name }', is: another },
  createResources: {
    input: (trashed) => ({ items: [toCreate(trashed)] }),
    select: '{ resource { id name } outcome }',
    is: (trashed) => ({ items: [{ outcome: 'created', resource: another(trashed) }] }),
    graphqlIs: (trashed) => [{ outcome: 'CREATED', resource: another(trashed) }],
  },
  resource: { input: byId, select: '{ id }', is: notFound },
  resourceByPath: { input: place, select: '{ id }', is: notFound },
  resources: {
    input: () => ({}),
    select: '{ edges { node { id } } }',
    is: () => ({ items: [] }),
    graphqlIs: () => ({ edges: [] }),
  },
  directory: {
    input: () => ({ path: '/' }),
    select: '{ resourceCount directories { name } }',
    is: () => ({ resourceCount: 0 }),
  },
  content: { input: byId, select: null, is: notFound },
  downloadUrl: { input: byId, select: null, is: notFound },
  versions: { input: byId, select: null, is: notFound },
  versionContent: { input: ({ id }) => ({ id, number: 1 }), select: null, is: notFound },
  restoreVersion: { input: ({ id }) => ({ id, number: 1 }), select: '{ id }', is: notFound },
  updateResource: {
    input: ({ id }) => ({ id, name: 'b' }),
    toArguments: ({ id, ...input }) => ({ id, input }),
    select: '{ id }',
    is: notFound,
  },
  deleteResource: { input: byId, select: '{ deleted }', is: () => ({ deleted: 0 }) },
  deleteResources: { input: ({ id }) => ({ ids: [id] }), select: '{ deleted }', is: () => ({ deleted: 0 }) },
  moveDirectory: {
    input: ({ directoryPath }) => ({ from: directoryPath, to: '/elsewhere' }),
    select: '',
    is: () => ({ moved: 0 }),
    graphqlIs: () => 0,
  },
  deleteDirectory: {
    input: ({ directoryPath }) => ({ path: directoryPath }),
    select: '{ deleted }',
    is: () => ({ deleted: 0 }),
  },
  trash: OF_TRASH,
  restoreTrashed: OF_TRASH,
  restoreManyTrashed: OF_TRASH,
  deleteTrashed: OF_TRASH,
  emptyTrash: OF_TRASH,
  createUpload: {
    input: (trashed) => ({ sizeBytes: 4, resource: place(trashed) }),
    toArguments: inOne,
    select: '{ offset resourceId }',
    is: () => ({ offset: 0, resourceId: null }),
  },
  upload: {
    input: ({ uploadId }) => ({ id: uploadId }),
    select: '{ state resourceId }',
    is: ({ id }) => ({ state: 'consumed', resourceId: id }),
    graphqlIs: ({ id }) => ({ state: 'CONSUMED', resourceId: id }),
  },
  uploads: 'a list of the same',
  cancelUpload: 'an upload that has ended is forgotten, and what it ended in stays',
  appendUpload: 'an upload that has ended takes no bytes',
  uploadParts: 'an upload that has ended takes no parts',
  receivedParts: 'an upload that has ended has no parts',
  completeUpload: { input: ({ uploadId }) => ({ id: uploadId }), select: '{ resource { id } }', is: notFound },
  events: 'tells what has happened; that a deleted resource has no address there is tested below',
  resourceEvents: 'tells what happens, as the same events',
  usage: 'sums',
  createWebhook: OF_WEBHOOKS,
  webhooks: OF_WEBHOOKS,
  webhook: OF_WEBHOOKS,
  updateWebhook: OF_WEBHOOKS,
  deleteWebhook: OF_WEBHOOKS,
  testWebhook: OF_WEBHOOKS,
  rotateWebhookSecret: OF_WEBHOOKS,
  replayWebhook: 'events again',
  webhookDeliveries: OF_WEBHOOKS,
};

const ROWS = Object.entries(REACH).flatMap(([name, reach]) =>
  typeof reach === 'string' ? [] : [{ name: name as OperationName, reach }],
);

/** A resource that came by an upload, has tags and an earlier version, and is deleted. */
async function openTrashed(): Promise<Trashed> {
  const scope = 'resources:read resources:write resources:delete';
  const target = { url: gateway.url, token: await gateway.token({ account: crypto.randomUUID(), scope }) };
  const content = `content ${crypto.randomUUID()}`;
  const [directoryPath, name] = ['/deleted', `${crypto.randomUUID()}.txt`];
  const tus = createTus(target.url, target.token);
  const metadata = toMetadata({ name, directory_path: directoryPath });
  const at = await tus.create({ 'upload-length': `${content.length}`, 'upload-metadata': metadata });
  const { resourceId: id } = await tus.patch(at, 0, Buffer.from(content));
  if (id === null) throw new Error('the upload came to nothing');
  const sha256 = createHash('sha256').update(content).digest('hex');
  expect((await send('DELETE', `/v1/resources/${id}`, target)).json).toEqual({ deleted: 1 });
  return { target, id, uploadId: at.split('/').at(-1) as string, directoryPath, name, content, sha256 };
}

async function read(url: string, { token }: Trashed['target'], init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${token}`, ...(init.body && { 'content-type': 'application/json' }) };
  const response = await fetch(url, { ...init, headers });
  const text = await response.text();
  const json = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : null;
  return { response, text, json };
}

async function askRest(name: OperationName, input: Input, target: Trashed['target']): Promise<Answer> {
  const { method, path } = toRoute(name);
  const given = toSnakeCase(input) as Input;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, key = '']) => key);
  const rest = Object.entries(given).filter(([key]) => !inPath.includes(key));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_match, key: string) => String(given[key]));
  const isQuery = method === 'GET' || method === 'DELETE';
  const query = isQuery ? `?${new URLSearchParams(rest as [string, string][])}` : '';
  const body = isQuery || rest.length === 0 ? {} : { body: JSON.stringify(Object.fromEntries(rest)) };
  const { response, text, json } = await read(`${target.url}${filled}${query}`, target, { method, ...body });
  const code = response.ok ? 'ok' : (response.headers.get('x-error-code') ?? String(response.status));
  return { code, value: toCamelCase(json), text };
}

/** As GraphQL writes values: keys stand without quotes. */
const toLiteral = (value: unknown): string => JSON.stringify(value).replaceAll(/"(\w+)":/g, '$1:');

async function askGraphql(name: OperationName, { input, reach }: Asked, target: Trashed['target']): Promise<Answer> {
  const literal = toLiteral(reach.toArguments?.(input) ?? input);
  const given = literal === '{}' ? '' : `(${literal.slice(1, -1)})`;
  const query = `${kindOf(name)} { value: ${name}${given} ${reach.select} }`;
  const init = { method: 'POST', body: JSON.stringify({ query }) };
  const { text, json } = await read(`${target.url}/graphql`, target, init);
  const [error] = json.errors ?? [];
  return {
    code: error === undefined ? 'ok' : (error.extensions?.reason ?? error.message),
    value: json.data?.value,
    text,
  };
}

async function askTrpc(name: OperationName, input: Input, target: Trashed['target']): Promise<Answer> {
  const url = `${target.url}/trpc/${OPERATIONS[name].procedure}`;
  const sent = JSON.stringify(input);
  const { text, json } =
    kindOf(name) === 'query'
      ? await read(`${url}?input=${encodeURIComponent(sent)}`, target)
      : await read(url, target, { method: 'POST', body: sent });
  return { code: json.error === undefined ? 'ok' : json.error.data.reason, value: json.result?.data, text };
}

type Asked = { readonly input: Input; readonly reach: Reach };

function expectOutOfReach(answer: Answer, is: unknown, { content, sha256 }: Trashed): void {
  if (typeof is === 'string') expect(answer.code, answer.text).toBe(is);
  else expect(answer, answer.text).toMatchObject({ code: 'ok', value: is });
  // A refusal may repeat what was asked; nothing else of it is told.
  expect(answer.text).not.toContain(content);
  expect(answer.text).not.toContain(sha256);
}

test('every operation has a row', () => {
  expect(Object.keys(REACH).toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
});

describe('what is in the trash does not exist for', () => {
  test.each(ROWS)('$name in REST', async ({ name, reach }) => {
    const trashed = await openTrashed();
    expectOutOfReach(await askRest(name, reach.input(trashed), trashed.target), reach.is(trashed), trashed);
  });

  test.each(ROWS.filter(({ name }) => OPERATIONS[name].procedure !== null))(
    '$name in tRPC',
    async ({ name, reach }) => {
      const trashed = await openTrashed();
      expectOutOfReach(await askTrpc(name, reach.input(trashed), trashed.target), reach.is(trashed), trashed);
    },
  );

  test.each(ROWS.filter(({ reach }) => reach.select !== null))('$name in GraphQL', async ({ name, reach }) => {
    const trashed = await openTrashed();
    const answer = await askGraphql(name, { input: reach.input(trashed), reach }, trashed.target);
    expectOutOfReach(answer, (reach.graphqlIs ?? reach.is)(trashed), trashed);
  });
});
