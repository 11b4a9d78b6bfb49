import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import type { ChangeKind } from '../support/transports/change-transports.ts';
import { UPLOAD_TRANSPORTS, type UploadAnswer, type UploadOperation } from '../support/transports/upload-transports.ts';
import { inOneSpelling } from '../support/transports/wording.ts';
import { createTus } from '../support/tus/requests.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ MAX_OPEN_UPLOADS: '3', MAX_CONTENT_BYTES: '1000000' });
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Fields = { [key: string]: unknown };
const HELLO = Buffer.from('hello');
const SHA256 = createHash('sha256').update(HELLO).digest('hex');

async function openAccount(scope?: string) {
  const account = crypto.randomUUID();
  const target = { url: gateway.url, token: await gateway.token({ account }) };
  const scoped = scope === undefined ? target : { ...target, token: await gateway.token({ account, scope }) };
  return { target, scoped, tus: createTus(gateway.url, target.token) };
}

/** What may differ between two transports: what the clock and the generator of ids gave. */
const PASSING = new Set([
  'id',
  'accountId',
  'createdAt',
  'updatedAt',
  'expiresAt',
  'storageKey',
  'tusUrl',
  'resourceId',
]);
const withoutPassing = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner) => (PASSING.has(key) ? undefined : inner)));

const withoutId = (message: string | null) => message?.replace(/id [0-9a-f-]{36}/, 'id …');

type World = Awaited<ReturnType<typeof openAccount>> & {
  /** Begins an upload by REST and gives its id. */
  begin(input: Fields, bytes?: Buffer): Promise<string>;
};

type Row = {
  readonly says: string;
  readonly operation: UploadOperation;
  readonly input: (world: World) => Promise<Fields> | Fields;
  readonly scope?: string;
  readonly kind: ChangeKind;
  /** What the value has, or what the message says. */
  readonly expect: Fields | RegExp;
  /** GraphQL refuses it by its types, in its own words. */
  readonly typed?: true;
};

const NEW = { state: 'open', method: 'resumable', offset: 0, resourceId: null, error: null, partSizeBytes: null };
const intended = { name: 'a.txt', directoryPath: '/up', tags: ['t'], metadata: { m: 1 } };

const ROWS: readonly Row[] = [
  {
    says: 'begins an upload of which nothing is known',
    operation: 'create',
    input: () => ({}),
    kind: 'ok',
    expect: { ...NEW, sizeBytes: null, expectedSha256: null },
  },
  {
    says: 'begins an upload of which everything is known',
    operation: 'create',
    input: () => ({ sizeBytes: 5, expectedSha256: SHA256.toUpperCase(), method: 'resumable', resource: intended }),
    kind: 'ok',
    expect: { ...NEW, sizeBytes: 5, expectedSha256: SHA256 },
  },
  {
    says: 'gives an upload the type that its sender declares',
    operation: 'create',
    input: () => ({ sizeBytes: 5, mimeType: 'text/x-own', resource: intended }),
    kind: 'ok',
    expect: { ...NEW, sizeBytes: 5 },
  },
  {
    says: 'refuses a type that is none',
    operation: 'create',
    input: () => ({ sizeBytes: 5, mimeType: 'no type' }),
    kind: 'bad_request',
    expect: /^mimeType must be a type like text\/plain$/,
  },
  {
    says: 'takes null for what is left out, within the resource too',
    operation: 'create',
    input: () => ({ sizeBytes: null, method: null, resource: { ...intended, tags: null, metadata: null } }),
    kind: 'ok',
    expect: { ...NEW, sizeBytes: null },
  },
  {
    says: 'takes the expected digest within the resource',
    operation: 'create',
    input: () => ({ resource: { ...intended, expectedSha256: SHA256 } }),
    kind: 'ok',
    expect: { expectedSha256: SHA256 },
  },
  {
    says: 'finishes an empty upload at once',
    operation: 'create',
    input: () => ({ sizeBytes: 0 }),
    kind: 'ok',
    expect: { state: 'complete', sizeBytes: 0, offset: 0 },
  },
  {
    says: 'refuses a size below nothing',
    operation: 'create',
    input: () => ({ sizeBytes: -1 }),
    kind: 'bad_request',
    expect: /^sizeBytes must be a number of bytes$/,
  },
  {
    says: 'refuses half a byte',
    operation: 'create',
    input: () => ({ sizeBytes: 1.5 }),
    kind: 'bad_request',
    expect: /sizeBytes/,
    typed: true,
  },
  {
    says: 'refuses more than a content may have',
    operation: 'create',
    input: () => ({ sizeBytes: 1_000_001 }),
    kind: 'bad_request',
    expect: /larger than the 1000000 bytes/,
  },
  {
    says: 'refuses a digest that is none',
    operation: 'create',
    input: () => ({ expectedSha256: 'x' }),
    kind: 'bad_request',
    expect: /^expectedSha256 must be a sha256 in hex/,
  },
  {
    says: 'refuses two digests that differ',
    operation: 'create',
    input: () => ({ expectedSha256: SHA256, resource: { ...intended, expectedSha256: 'b'.repeat(64) } }),
    kind: 'bad_request',
    expect: /^expectedSha256 must not be given twice/,
  },
  {
    says: 'refuses a direct upload where clients cannot reach the store, and says what to use',
    operation: 'create',
    input: () => ({ sizeBytes: 5, method: 'direct' }),
    kind: 'bad_request',
    expect: /^method must be resumable/,
  },
  {
    says: 'refuses a bad name before any byte',
    operation: 'create',
    input: () => ({ resource: { ...intended, name: 'a/b' } }),
    kind: 'bad_request',
    expect: /^name must not contain "\/"/,
  },
  {
    says: 'refuses a resource without a name',
    operation: 'create',
    input: () => ({ resource: { directoryPath: '/' } }),
    kind: 'bad_request',
    expect: /name/,
    typed: true,
  },
  {
    says: 'refuses a key that is not known, and says which is',
    operation: 'create',
    input: () => ({ size: 5 }),
    kind: 'bad_request',
    expect: /size/,
    typed: true,
  },
  {
    says: 'refuses a key that is not known within the resource',
    operation: 'create',
    input: () => ({ resource: { ...intended, content: 'data:;base64,' } }),
    kind: 'bad_request',
    expect: /content/,
    typed: true,
  },
  {
    says: 'refuses a name that is taken before any byte',
    operation: 'create',
    async input({ begin, tus }) {
      const id = await begin({ size_bytes: 5, resource: { name: 'a.txt', directory_path: '/up' } });
      await tus.patch(`/v1/tus/${id}`, 0, HELLO);
      return { resource: intended };
    },
    kind: 'conflict',
    expect: /already exists in \/up/,
  },
  {
    says: 'refuses more uploads than an account may have open',
    operation: 'create',
    async input({ begin }) {
      for (let count = 0; count < 3; count += 1) await begin({});
      return {};
    },
    kind: 'forbidden',
    expect: /has 3 uploads that are not finished, as many as it may; finish or cancel some/,
  },
  {
    says: 'refuses to begin one without the right to write',
    operation: 'create',
    input: () => ({}),
    scope: 'resources:read resources:delete',
    kind: 'forbidden',
    expect: /resources:write/,
  },
  {
    says: 'shows an upload as it is',
    operation: 'byId',
    input: async ({ begin }) => ({ id: await begin({ size_bytes: 9 }, HELLO) }),
    kind: 'ok',
    expect: { ...NEW, sizeBytes: 9, offset: 5 },
  },
  {
    says: 'does not know the upload of another account',
    operation: 'byId',
    async input() {
      const other = await openWorld();
      return { id: await other.begin({}) };
    },
    kind: 'not_found',
    expect: /no upload with this id exists in your account/,
  },
  {
    says: 'does not know what is no id',
    operation: 'byId',
    input: () => ({ id: 'x' }),
    kind: 'not_found',
    expect: /no upload with this id/,
  },
  {
    says: 'lists uploads, the newest first',
    operation: 'list',
    async input({ begin }) {
      for (const size of [1, 2, 3]) await begin({ size_bytes: size });
      return { limit: 2 };
    },
    kind: 'ok',
    expect: {
      items: [
        { ...NEW, sizeBytes: 3 },
        { ...NEW, sizeBytes: 2 },
      ],
      nextCursor: expect.any(String) as never,
    },
  },
  {
    says: 'refuses a page of too many',
    operation: 'list',
    input: () => ({ limit: 201 }),
    kind: 'bad_request',
    expect: /limit must be a whole number from 1 to 200/,
  },
  {
    says: 'refuses a cursor of another list',
    operation: 'list',
    input: () => ({ cursor: Buffer.from('["created"]').toString('base64url') }),
    kind: 'bad_request',
    expect: /cursor must be one that this list gave/,
  },
  {
    says: 'refuses to list without the right to write',
    operation: 'list',
    input: () => ({}),
    scope: 'resources:read',
    kind: 'forbidden',
    expect: /resources:write/,
  },
  {
    says: 'cancels an upload',
    operation: 'cancel',
    input: async ({ begin }) => ({ id: await begin({ size_bytes: 9 }, HELLO) }),
    kind: 'ok',
    expect: { cancelled: 1 },
  },
  {
    says: 'cancels what is gone without harm',
    operation: 'cancel',
    input: () => ({ id: crypto.randomUUID() }),
    kind: 'ok',
    expect: { cancelled: 0 },
  },
  {
    says: 'cancels nothing of another account',
    operation: 'cancel',
    input: async () => ({ id: await (await openWorld()).begin({}) }),
    kind: 'ok',
    expect: { cancelled: 0 },
  },
  {
    says: 'refuses to cancel without the right to write',
    operation: 'cancel',
    input: async ({ begin }) => ({ id: await begin({}) }),
    scope: 'resources:read resources:delete',
    kind: 'forbidden',
    expect: /resources:write/,
  },
  {
    says: 'completes an upload whose size was never told',
    operation: 'complete',
    input: async ({ begin }) => ({ id: await begin({}, HELLO) }),
    kind: 'ok',
    expect: { state: 'complete', sizeBytes: 5, offset: 5 },
  },
  {
    says: 'makes the resource that was intended',
    operation: 'complete',
    input: async ({ begin }) => ({
      id: await begin({ resource: { name: 'a.txt', directory_path: 'up/', tags: ['t'], metadata: { m: 1 } } }, HELLO),
    }),
    kind: 'ok',
    expect: {
      name: 'a.txt',
      directoryPath: '/up',
      sha256: SHA256,
      tags: ['t'],
      metadata: { m: 1 },
      mimeType: 'text/plain',
      createdBy: 'alice',
      originalUri: null,
    },
  },
  {
    says: 'gives the last answer again',
    operation: 'complete',
    async input({ begin, tus }) {
      const id = await begin({ size_bytes: 5, resource: { name: 'a.txt', directory_path: '/up' } });
      await tus.patch(`/v1/tus/${id}`, 0, HELLO);
      return { id };
    },
    kind: 'ok',
    expect: { name: 'a.txt', sha256: SHA256 },
  },
  {
    says: 'refuses to complete what has not all its bytes',
    operation: 'complete',
    input: async ({ begin }) => ({ id: await begin({ size_bytes: 9 }, HELLO) }),
    kind: 'bad_request',
    expect: /^the upload has 5 of 9 bytes; send the rest first$/,
  },
  {
    says: 'refuses again what has failed',
    operation: 'complete',
    input: async ({ begin }) => ({ id: await begin({ size_bytes: 5, expected_sha256: 'a'.repeat(64) }, HELLO) }),
    kind: 'bad_request',
    expect: /the content's sha256 is/,
  },
  {
    says: 'refuses to complete without the right to write',
    operation: 'complete',
    input: async ({ begin }) => ({ id: await begin({}, HELLO) }),
    scope: 'resources:read',
    kind: 'forbidden',
    expect: /resources:write/,
  },
  {
    says: 'completes nothing of another account',
    operation: 'complete',
    input: async () => ({ id: await (await openWorld()).begin({}, HELLO) }),
    kind: 'not_found',
    expect: /no upload/,
  },
  {
    says: 'has no parts of a resumable upload',
    operation: 'parts',
    input: async ({ begin }) => ({ id: await begin({}), numbers: [1] }),
    kind: 'bad_request',
    expect: /^the upload has no parts/,
  },
  {
    says: 'has received no parts of a resumable upload',
    operation: 'receivedParts',
    input: async ({ begin }) => ({ id: await begin({}) }),
    kind: 'bad_request',
    expect: /^the upload has no parts/,
  },
  {
    says: 'signs no parts at all',
    operation: 'parts',
    input: async ({ begin }) => ({ id: await begin({}), numbers: [] }),
    kind: 'bad_request',
    expect: /^numbers must hold 1–100/,
  },
];

async function openWorld(scope?: string): Promise<World> {
  const account = await openAccount(scope);
  return {
    ...account,
    async begin(input, bytes) {
      const headers = { authorization: `Bearer ${account.target.token}`, 'content-type': 'application/json' };
      const body = JSON.stringify(input);
      const response = await fetch(`${gateway.url}/v1/uploads`, { method: 'POST', headers, body });
      const { id, error } = (await response.json()) as { id: string; error?: string };
      if (response.status !== 200) throw new Error(error);
      if (bytes !== undefined) await account.tus.patch(`/v1/tus/${id}`, 0, bytes);
      return id;
    },
  };
}

describe('every transport', () => {
  test.each(ROWS)('$says', async (row) => {
    const answers: { name: string; answer: UploadAnswer }[] = [];
    for (const transport of UPLOAD_TRANSPORTS) {
      const world = await openWorld(row.scope);
      const input = await row.input(world);
      answers.push({ name: transport.name, answer: await transport.call(row.operation, input, world.scoped) });
    }
    const [first] = answers;
    for (const { name, answer } of answers) {
      expect(answer.kind, `${name}: ${answer.message}`).toBe(row.kind);
      if (row.expect instanceof RegExp) {
        const message = withoutId(inOneSpelling(name, answer.message));
        expect(message, name).toMatch(row.expect);
        if (!row.typed) expect(message).toBe(withoutId(inOneSpelling('REST', first?.answer.message ?? null)));
        continue;
      }
      expect(answer.value, name).toMatchObject(row.expect);
      const same = row.operation === 'list' ? { nextCursor: '' } : {};
      expect({ ...(withoutPassing(answer.value) as object), ...same }, name).toEqual({
        ...(withoutPassing(first?.answer.value) as object),
        ...same,
      });
    }
  });

  test.each(UPLOAD_TRANSPORTS)('$name refuses an upload without a token', async (transport) => {
    const answer = await transport.call('byId', { id: 'x' }, { url: gateway.url, token: null });
    expect(answer.kind).toBe('unauthenticated');
  });

  test.each(UPLOAD_TRANSPORTS)('$name goes through all pages, each upload once', async (transport) => {
    const world = await openWorld();
    const ids = [await world.begin({}), await world.begin({}), await world.begin({})].reverse();
    const found: unknown[] = [];
    let cursor: string | null = null;
    do {
      const input: Fields = { limit: 1, ...(cursor !== null && { cursor }) };
      const { value } = await transport.call('list', input, world.target);
      const page = value as { items: { id: string }[]; nextCursor: string | null };
      found.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(found).toEqual(ids);
  });
});
