import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { openWebhookReceiver, type WebhookReceiver } from '../support/servers/webhook-receiver.ts';
import { type ChangeKind, send, type Target } from '../support/transports/change-transports.ts';
import {
  WEBHOOK_TRANSPORTS,
  type WebhookAnswer,
  type WebhookOperation,
} from '../support/transports/webhook-transports.ts';
import { inOneSpelling } from '../support/transports/wording.ts';

const cleanup = new AsyncDisposableStack();
let gateway: Gateway;
let receiver: WebhookReceiver;
beforeAll(async () => {
  receiver = cleanup.use(await openWebhookReceiver());
  gateway = cleanup.use(await startGateway({ URI_ALLOW_HOSTS: `127.0.0.1:${receiver.port}` }));
});
afterAll(() => cleanup.disposeAsync());
beforeEach(() => receiver.answer());

type Fields = { [key: string]: unknown };

type World = {
  readonly target: Target;
  /** With the scope of the row alone. */
  readonly scoped: Target;
  /** Sets one up by REST and gives its id. */
  add(fields?: Fields): Promise<string>;
  /** Where the account's log is. */
  latest(): Promise<string>;
};

async function openWorld(scope?: string): Promise<World> {
  const account = randomUUID();
  const target = { url: gateway.url, token: await gateway.token({ account }) };
  return {
    target,
    scoped: scope === undefined ? target : { ...target, token: await gateway.token({ account, scope }) },
    async add(fields = {}) {
      const body = { url: 'https://example.com/hook', ...fields };
      const { status, json } = await send('POST', '/v1/webhooks', { ...target, body });
      expect(status, json.error).toBe(200);
      return json.id;
    },
    latest: async () => (await send('GET', '/v1/events?after=latest', target)).json.cursor,
  };
}

/** What may differ between two transports: what the clock and the generators gave. */
const PASSING = new Set([
  'id',
  'secret',
  'cursor',
  'createdAt',
  'updatedAt',
  'at',
  'durationMs',
  'previousSecretExpiresAt',
]);
const withoutPassing = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner) => (PASSING.has(key) && inner !== null ? '…' : inner)));

type Row = {
  readonly says: string;
  readonly operation: WebhookOperation;
  readonly input: (world: World) => Promise<Fields> | Fields;
  readonly scope?: string;
  readonly kind: ChangeKind;
  /** What the value has, or what the message says. */
  readonly expect: Fields | RegExp;
  /** GraphQL refuses it by its types, or names its argument, in its own words. */
  readonly ownWords?: true;
};

const SECRET = expect.stringMatching(/^whsec_[\w+/]{43}=$/);
const NEW = {
  url: 'https://example.com/hook',
  types: null,
  directoryPath: null,
  description: null,
  enabled: true,
  disabledReason: null,
  previousSecretExpiresAt: null,
  cursor: expect.stringMatching(/^[\w-]{27}$/),
  failingSince: null,
  createdBy: 'alice',
};
const url = NEW.url;

const refused = (says: string, given: Fields, message: RegExp): Row => ({
  says: `refuses ${says}`,
  operation: 'create',
  input: () => ({ url, ...given }),
  kind: 'bad_request',
  expect: message,
});

const refusedUrl = (says: string, address: string, message: RegExp) => refused(says, { url: address }, message);

const CREATES: readonly Row[] = [
  {
    says: 'sets one up for everything',
    operation: 'create',
    input: () => ({ url }),
    kind: 'ok',
    expect: { ...NEW, secret: SECRET },
  },
  {
    says: 'sets one up for some events, with words for people',
    operation: 'create',
    input: () => ({ url, types: ['resource.created', 'directory.moved'], directoryPath: 'a/b/', description: 'ü' }),
    kind: 'ok',
    expect: {
      ...NEW,
      types: ['resource.created', 'directory.moved'],
      directoryPath: '/a/b',
      description: 'ü',
      secret: SECRET,
    },
  },
  {
    says: 'takes no types for all, the root for everything and no words for none',
    operation: 'create',
    input: () => ({ url, types: [], directoryPath: '/', description: '' }),
    kind: 'ok',
    expect: { ...NEW, secret: SECRET },
  },
  {
    says: 'takes null for what is left out',
    operation: 'create',
    input: () => ({ url, types: null, directoryPath: null, description: null }),
    kind: 'ok',
    expect: { ...NEW, secret: SECRET },
  },
  refusedUrl('what is no address', 'x', /^url must begin with https:\/\/ or http:\/\/$/),
  refusedUrl('an address of another kind', 'ftp://example.com/', /^url must begin with https:\/\/ or http:\/\//),
  refusedUrl('a name and a password in it', 'https://a:b@example.com/', /^url must not contain/),
  refusedUrl('an address of our network', 'http://169.254.169.254/latest', /^url must lead to a public address$/),
  refusedUrl('another port', 'https://example.com:8443/', /^url /),
  refusedUrl('one that is too long', `https://example.com/${'a'.repeat(2_048)}`, /^url must not be longer than 2048/),
  { ...refused('one without an address', { url: undefined }, /url/), ownWords: true },
  refused('a type that there is not', { types: ['resource.exploded'] }, /^types must hold none but resource\.created/),
  refused('a directory that is none', { directoryPath: '/a/../b' }, /^directoryPath must not contain/),
  refused('a novel', { description: 'x'.repeat(256) }, /^description must not be longer than 255 characters$/),
  refused('what cannot be kept', { description: 'a\0b' }, /^description must not contain/),
  { ...refused('a key that is not known', { urls: 'x' }, /urls/), ownWords: true },
  {
    ...refused('one without the scope', {}, /webhooks:manage/),
    kind: 'forbidden',
    scope: 'resources:read resources:write resources:delete',
  },
];

/** Which operations name a webhook, and what else they take. */
const NAMED = [
  ['byId', {}],
  ['update', { description: 'x' }],
  ['test', {}],
  ['rotateSecret', {}],
  ['replay', { after: 'latest' }],
  ['deliveries', {}],
] as const satisfies readonly (readonly [WebhookOperation, Fields])[];

const STRANGE: readonly Row[] = NAMED.flatMap(([operation, more]) => [
  {
    says: `${operation} does not know another account's`,
    operation,
    input: async () => ({ id: await (await openWorld()).add(), ...more }),
    kind: 'not_found' as const,
    expect: /^no webhook with this id exists in your account$/,
  },
  {
    says: `${operation} does not know what is no id`,
    operation,
    input: () => ({ id: 'x', ...more }),
    kind: 'not_found' as const,
    expect: /^no webhook with this id exists in your account$/,
  },
  {
    says: `${operation} needs the scope`,
    operation,
    input: async ({ add }: World) => ({ id: await add(), ...more }),
    scope: 'resources:read resources:write resources:delete',
    kind: 'forbidden' as const,
    expect: /webhooks:manage/,
  },
]);

const OTHERS: readonly Row[] = [
  {
    says: 'shows one, but not its secret',
    operation: 'byId',
    input: async ({ add }) => ({ id: await add({ types: ['resource.deleted'] }) }),
    kind: 'ok',
    expect: { ...NEW, types: ['resource.deleted'], secret: null },
  },
  {
    says: 'lists them, the oldest first, and no secret',
    operation: 'list',
    async input({ add }) {
      for (const description of ['a', 'b']) await add({ description });
      return {};
    },
    kind: 'ok',
    expect: {
      items: [
        { ...NEW, description: 'a', secret: null },
        { ...NEW, description: 'b', secret: null },
      ],
    },
  },
  {
    says: 'lists none without the scope',
    operation: 'list',
    input: () => ({}),
    scope: 'resources:read',
    kind: 'forbidden',
    expect: /webhooks:manage/,
  },
  {
    says: 'changes what is given and nothing else',
    operation: 'update',
    input: async ({ add }) => ({
      id: await add({ description: 'a', types: ['resource.created'], directory_path: '/a' }),
      url: 'https://example.org/',
      directoryPath: '/',
    }),
    kind: 'ok',
    expect: { ...NEW, url: 'https://example.org/', description: 'a', types: ['resource.created'], secret: null },
  },
  {
    says: 'switches one off',
    operation: 'update',
    input: async ({ add }) => ({ id: await add(), enabled: false }),
    kind: 'ok',
    expect: { ...NEW, enabled: false, disabledReason: 'by_hand' },
  },
  {
    says: 'refuses to change nothing',
    operation: 'update',
    input: async ({ add }) => ({ id: await add(), description: null }),
    kind: 'bad_request',
    expect: /^the input must change something: give url, types, directoryPath, description or enabled$/,
  },
  {
    says: 'refuses to change to an address of our network',
    operation: 'update',
    input: async ({ add }) => ({ id: await add(), url: 'http://[::1]/' }),
    kind: 'bad_request',
    expect: /^url /,
  },
  {
    says: 'refuses to change its secret to one of the caller',
    operation: 'update',
    input: async ({ add }) => ({ id: await add(), secret: 'whsec_AAAA' }),
    kind: 'bad_request',
    expect: /secret/,
    ownWords: true,
  },
  {
    says: 'deletes one',
    operation: 'delete',
    input: async ({ add }) => ({ id: await add() }),
    kind: 'ok',
    expect: { deleted: 1 },
  },
  {
    says: 'deletes what is gone without harm',
    operation: 'delete',
    input: () => ({ id: randomUUID() }),
    kind: 'ok',
    expect: { deleted: 0 },
  },
  {
    says: "deletes nobody else's",
    operation: 'delete',
    input: async () => ({ id: await (await openWorld()).add() }),
    kind: 'ok',
    expect: { deleted: 0 },
  },
  {
    says: 'deletes none without the scope',
    operation: 'delete',
    input: async ({ add }) => ({ id: await add() }),
    scope: 'resources:delete',
    kind: 'forbidden',
    expect: /webhooks:manage/,
  },
  {
    says: 'tells what a test has come to',
    operation: 'test',
    input: async ({ add }) => ({ id: await add({ url: receiver.url }) }),
    kind: 'ok',
    expect: { delivered: true, status: 204, response: null, error: null },
  },
  {
    says: 'tells of a test that failed, and what was answered',
    operation: 'test',
    async input({ add }) {
      receiver.answer((_message, response) => response.writeHead(500).end('no, thanks'));
      return { id: await add({ url: receiver.url }) };
    },
    kind: 'ok',
    expect: { delivered: false, status: 500, response: 'no, thanks', error: 'the address answered 500' },
  },
  {
    says: 'replaces the secret, shows the new one, and says until when the one before holds',
    operation: 'rotateSecret',
    input: async ({ add }) => ({ id: await add() }),
    kind: 'ok',
    expect: { ...NEW, secret: SECRET, previousSecretExpiresAt: expect.stringMatching(/Z$/) },
  },
  {
    says: 'goes back to a cursor',
    operation: 'replay',
    input: async ({ add, latest }) => ({ id: await add(), after: await latest() }),
    kind: 'ok',
    expect: { ...NEW, secret: null },
  },
  {
    says: 'goes to the end of the log',
    operation: 'replay',
    input: async ({ add }) => ({ id: await add(), after: 'latest' }),
    kind: 'ok',
    expect: NEW,
  },
  {
    says: 'refuses a cursor that is none',
    operation: 'replay',
    input: async ({ add }) => ({ id: await add(), after: 'x' }),
    kind: 'bad_request',
    expect: /must be a cursor/,
    ownWords: true,
  },
  {
    says: "refuses another account's cursor",
    operation: 'replay',
    input: async ({ add }) => ({ id: await add(), after: await (await openWorld()).latest() }),
    kind: 'bad_request',
    expect: /must be a cursor/,
    ownWords: true,
  },
  {
    says: 'has no deliveries before anything has happened',
    operation: 'deliveries',
    input: async ({ add }) => ({ id: await add(), failed: true, limit: 2 }),
    kind: 'ok',
    expect: { items: [], nextCursor: null },
  },
  {
    says: 'refuses a page of too many deliveries',
    operation: 'deliveries',
    input: async ({ add }) => ({ id: await add(), limit: 201 }),
    kind: 'bad_request',
    expect: /^limit must be a whole number from 1 to 200/,
  },
  {
    says: 'refuses a cursor of another list',
    operation: 'deliveries',
    input: async ({ add }) => ({ id: await add(), cursor: Buffer.from('["created"]').toString('base64url') }),
    kind: 'bad_request',
    expect: /^cursor must be one that this list gave/,
  },
];

describe('every transport', () => {
  test.each([...CREATES, ...OTHERS, ...STRANGE])('$says', async (row) => {
    const answers: { name: string; answer: WebhookAnswer }[] = [];
    for (const transport of WEBHOOK_TRANSPORTS) {
      const world = await openWorld(row.scope);
      const input = await row.input(world);
      answers.push({ name: transport.name, answer: await transport.call(row.operation, input, world.scoped) });
    }
    const [first] = answers;
    for (const { name, answer } of answers) {
      expect(answer.kind, `${name}: ${answer.message}`).toBe(row.kind);
      if (!(row.expect instanceof RegExp)) {
        expect(answer.value, name).toMatchObject(row.expect);
        expect(withoutPassing(answer.value), name).toEqual(withoutPassing(first?.answer.value));
      } else if (row.ownWords) expect(answer.message, name).toMatch(row.expect);
      else {
        const message = inOneSpelling(name, answer.message);
        expect(message, name).toMatch(row.expect);
        expect(message).toBe(inOneSpelling('REST', first?.answer.message ?? null));
      }
    }
  });

  test.each(WEBHOOK_TRANSPORTS)('$name refuses whoever has no token', async (transport) => {
    for (const operation of ['create', 'list', 'byId', 'deliveries'] as const) {
      const { kind } = await transport.call(operation, { url, id: 'x' }, { url: gateway.url, token: null });
      expect(kind).toBe('unauthenticated');
    }
  });

  test.each(WEBHOOK_TRANSPORTS)('$name sets up no more than fifty for an account', async (transport) => {
    const { target } = await openWorld();
    for (let count = 0; count < 50; count += 1)
      expect((await transport.call('create', { url }, target)).kind).toBe('ok');
    const { kind, message } = await transport.call('create', { url }, target);
    expect(kind).toBe('bad_request');
    expect(message).toMatch(/would be webhook number 51 of your account; delete one first/);
  });
});
