import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { BATCH_TRANSPORTS } from '../support/transports/batch-transports.ts';
import { send } from '../support/transports/change-transports.ts';
import {
  type Answer,
  type Input,
  type Kind,
  mapKeys,
  TRANSPORTS,
  type Transport,
  toRestAnswer,
  toSnakeCase,
  toTrpcAnswer,
} from '../support/transports/transports.ts';
import { createTus } from '../support/tus/requests.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** A form without a file, whose field is the uri. */
const FORMS: readonly Transport[] = [
  { name: 'REST form', path: '/v1/resources', rename: toSnakeCase, toAnswer: toRestAnswer },
  { name: 'tRPC form', path: '/trpc/resource.create', rename: (key: string) => key, toAnswer: toTrpcAnswer },
].map(({ name, path, rename, toAnswer }) => ({
  name,
  async create(input, { url, token }) {
    const form = new FormData();
    for (const [key, value] of Object.entries(mapKeys(input, rename))) form.append(key, String(value));
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: form });
    return toAnswer({ status: response.status, headers: response.headers, json: await response.json() });
  },
}));

const EVERY = [...TRANSPORTS, ...BATCH_TRANSPORTS, ...FORMS];
/** In the database's row, and in the store. */
const CONTENTS = [Buffer.from('{"few":"bytes"}'), randomBytes(100_000)];

async function openAccount() {
  const account = crypto.randomUUID();
  const token = await gateway.token({ account });
  const tus = createTus(gateway.url, token);
  const target = { url: gateway.url, token };
  return {
    token,
    target,
    /** Gives the id of an upload that has these bytes of as many. */
    async upload(bytes: Buffer, { size = bytes.length, metadata = '' } = {}): Promise<string> {
      const url = await tus.create({ 'upload-length': String(size), 'upload-metadata': metadata });
      await tus.patch(url, 0, bytes);
      return url.split('/').at(-1) as string;
    },
    read: async (id: string) => (await send('GET', `/v1/uploads/${id}`, target)).json,
    content: async (id: unknown) => {
      const headers = { authorization: `Bearer ${token}` };
      return Buffer.from(await (await fetch(`${gateway.url}/v1/resources/${id}/content`, { headers })).arrayBuffer());
    },
  };
}

type Account = Awaited<ReturnType<typeof openAccount>>;

type Row = {
  readonly says: string;
  readonly kind: Kind;
  readonly uri: (account: Account) => Promise<string>;
  readonly more?: Input;
  readonly expect: RegExp;
};

const HELLO = Buffer.from('hello');
const REFUSALS: readonly Row[] = [
  {
    says: 'refuses an upload that has not all its bytes',
    kind: 'bad_request',
    uri: async ({ upload }) => `upload:${await upload(HELLO, { size: 9 })}`,
    expect: /^uri names an upload that has 5 of 9 bytes; send the rest first$/,
  },
  {
    says: 'refuses an upload of nobody',
    kind: 'bad_request',
    uri: async () => `upload:${crypto.randomUUID()}`,
    expect: /^uri names no upload of your account/,
  },
  {
    says: 'refuses an upload of another account with the same words',
    kind: 'bad_request',
    uri: async () => `upload:${await (await openAccount()).upload(HELLO)}`,
    expect: /^uri names no upload of your account/,
  },
  {
    says: 'refuses what is no id',
    kind: 'bad_request',
    uri: async () => 'upload:../../x',
    expect: /^uri must name an upload as upload:<id>$/,
  },
  {
    says: 'refuses an upload that was taken before',
    kind: 'bad_request',
    async uri({ upload, target }) {
      const id = await upload(HELLO);
      const first = await TRANSPORTS[0]?.create({ name: 'first', directoryPath: '/', uri: `upload:${id}` }, target);
      expect(first?.kind).toBe('ok');
      return `upload:${id}`;
    },
    expect: /^uri names an upload whose content a resource has taken already$/,
  },
  {
    says: 'refuses other content than is expected',
    kind: 'bad_request',
    uri: async ({ upload }) => `upload:${await upload(HELLO)}`,
    more: { expectedSha256: 'a'.repeat(64) },
    expect: /sha256 is/,
  },
  {
    says: 'refuses a name that is taken',
    kind: 'conflict',
    async uri({ upload, target }) {
      const content = 'data:text/plain;base64,QQ==';
      await TRANSPORTS[0]?.create({ name: 'a', directoryPath: '/', content }, target);
      return `upload:${await upload(HELLO)}`;
    },
    expect: /already exists/,
  },
];

describe('every transport, form and batch', () => {
  test.each(CONTENTS)('takes the content of an upload, once', async (bytes) => {
    for (const transport of EVERY) {
      const account = await openAccount();
      const id = await account.upload(bytes);
      const wanted = { name: 'a', directoryPath: '/', uri: `upload:${id}` };
      const answer = await transport.create(wanted, account.target);
      expect(answer, transport.name).toMatchObject({
        kind: 'ok',
        resource: {
          sha256: createHash('sha256').update(bytes).digest('hex'),
          sizeBytes: bytes.length,
          originalUri: null,
          externalId: null,
          createdBy: 'alice',
        },
      });
      expect(await account.content(answer.resource?.id)).toEqual(bytes);
      expect(await account.read(id)).toMatchObject({ state: 'consumed', resource_id: answer.resource?.id });
      const again = await transport.create({ ...wanted, name: 'b' }, account.target);
      expect(again.kind, transport.name).toBe('bad_request');
    }
  });

  test.each(REFUSALS)('$says', async ({ kind, uri, more, expect: expected }) => {
    const answers: Answer[] = [];
    for (const transport of EVERY) {
      const account = await openAccount();
      const named = await uri(account);
      const answer = await transport.create({ name: 'a', directoryPath: '/', uri: named, ...more }, account.target);
      answers.push(answer);
      expect(answer.kind, `${transport.name}: ${answer.message}`).toBe(kind);
      expect(answer.message, transport.name).toMatch(expected);
    }
  });
});

test('an upload is taken by one of many creates that name it at once, whatever they are sent by', async () => {
  const account = await openAccount();
  const id = await account.upload(CONTENTS[1] as Buffer);
  const creating = Array.from({ length: 24 }, (_, index) =>
    (EVERY[index % EVERY.length] as Transport).create(
      { name: `${index}`, directoryPath: '/', uri: `upload:${id}` },
      account.target,
    ),
  );
  const answers = await Promise.all(creating);
  expect(answers.filter(({ kind }) => kind === 'ok')).toHaveLength(1);
  expect(answers.filter(({ kind }) => kind === 'bad_request')).toHaveLength(23);
});

test('a create that repeats under its key gets the resource that took the upload', async () => {
  const { upload, target } = await openAccount();
  const body = { name: 'keyed', directory_path: '/', uri: `upload:${await upload(HELLO)}` };
  const headers = { 'idempotency-key': crypto.randomUUID() };
  const first = await send('POST', '/v1/resources', { ...target, body, headers });
  const second = await send('POST', '/v1/resources', { ...target, body, headers });
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(second.json).toEqual(first.json);
  expect(second.headers.get('idempotency-replayed')).toBe('true');
});

test('content that the account has already is kept once, and the bytes of the upload go', async () => {
  const { upload, target } = await openAccount();
  const bytes = randomBytes(50_000);
  const create = async (name: string) => {
    const body = { name, directory_path: '/', uri: `upload:${await upload(bytes)}` };
    return (await send('POST', '/v1/resources', { ...target, body })).json;
  };
  const [first, second] = [await create('first'), await create('second')];
  expect(second.storage_key).toBe(first.storage_key);
});
