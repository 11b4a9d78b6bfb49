// The rules of an upload's bytes hold whichever way the bytes come: each row runs through tus and the draft.
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { BYTE_TRANSPORTS, type ByteAnswer, type ByteTransport } from '../support/transports/byte-transports.ts';
import { send, type Target } from '../support/transports/change-transports.ts';

const MAX_BYTES = 1_000_000;
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ MAX_OPEN_UPLOADS: '3', MAX_CONTENT_BYTES: `${MAX_BYTES}` });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const HELLO = Buffer.from('hello');
const SHA256 = createHash('sha256').update(HELLO).digest('hex');
const PLACE = { name: 'a.txt', directoryPath: '/bytes' };

type World = {
  readonly way: ByteTransport;
  readonly target: Target;
  /** The same account, with this scope. */
  scoped(scope: string): Promise<Target>;
};

async function openWorld(way: ByteTransport): Promise<World> {
  const account = crypto.randomUUID();
  const open = async (scope?: string) => ({
    url: gateway.url,
    token: await gateway.token({ account, ...(scope !== undefined && { scope }) }),
  });
  return { way, target: await open(), scoped: open };
}

const take = (name: string, { target }: World) =>
  send('POST', '/v1/resources', {
    ...target,
    body: { ...{ name, directory_path: '/bytes' }, content: 'data:;base64,QQ==' },
  });

type Row = {
  readonly says: string;
  readonly run: (world: World) => Promise<ByteAnswer>;
  readonly code: string | null;
  /** Of tus and of the draft. */
  readonly status: readonly [number, number];
  readonly offset?: number;
};

const ROWS: readonly Row[] = [
  {
    says: 'a piece behind the last one counts',
    async run({ way, target }) {
      const { id } = await way.begin({ sizeBytes: 10 }, target);
      await way.append(id, { offset: 0, bytes: HELLO }, target);
      return await way.append(id, { offset: 5, bytes: HELLO.subarray(0, 4) }, target);
    },
    code: null,
    status: [204, 204],
    offset: 9,
  },
  {
    says: 'without a token nothing is told, not even whether there is such an upload',
    run: ({ way, target }) => way.locate(crypto.randomUUID(), { ...target, token: null }),
    code: 'unauthenticated',
    status: [401, 401],
  },
  {
    says: 'without a token nothing is begun',
    run: ({ way, target }) => way.begin({}, { ...target, token: null }),
    code: 'unauthenticated',
    status: [401, 401],
  },
  {
    says: 'without the right to write nothing is begun',
    run: async ({ way, scoped }) => await way.begin({}, await scoped('resources:read resources:delete')),
    code: 'forbidden',
    status: [403, 403],
  },
  {
    says: 'without the right to write nothing is appended',
    async run({ way, target, scoped }) {
      const { id } = await way.begin({}, target);
      return await way.append(id, { offset: 0, bytes: HELLO }, await scoped('resources:read'));
    },
    code: 'forbidden',
    status: [403, 403],
  },
  {
    says: 'without the right to write nothing is told',
    async run({ way, target, scoped }) {
      const { id } = await way.begin({}, target);
      return await way.locate(id, await scoped('resources:read'));
    },
    code: 'forbidden',
    status: [403, 403],
  },
  {
    says: 'to an upload of another account nothing is appended, as if there were none',
    async run({ way, target }) {
      const { id } = await way.begin({}, (await openWorld(way)).target);
      return await way.append(id, { offset: 0, bytes: HELLO }, target);
    },
    code: 'not_found',
    status: [404, 404],
  },
  {
    says: 'of an upload of another account nothing is told',
    async run({ way, target }) {
      const { id } = await way.begin({}, (await openWorld(way)).target);
      return await way.locate(id, target);
    },
    code: 'not_found',
    status: [404, 404],
  },
  {
    says: 'what is no id is no upload',
    run: ({ way, target }) => way.append('x', { offset: 0, bytes: HELLO }, target),
    code: 'not_found',
    status: [404, 404],
  },
  {
    says: 'more uploads than an account may have open are refused',
    async run({ way, target }) {
      for (let count = 0; count < 3; count += 1) await way.begin({}, target);
      return await way.begin({}, target);
    },
    code: 'forbidden',
    status: [403, 403],
  },
  {
    says: 'a bad name is refused before any byte',
    run: ({ way, target }) => way.begin({ ...PLACE, name: 'a/b' }, target),
    code: 'invalid_input',
    status: [400, 400],
  },
  {
    says: 'a digest that is none is refused before any byte',
    run: ({ way, target }) => way.begin({ expectedSha256: 'x' }, target),
    code: 'invalid_input',
    status: [400, 400],
  },
  {
    says: 'a name that is taken is refused before any byte',
    async run(world) {
      await take(PLACE.name, world);
      return await world.way.begin({ ...PLACE, sizeBytes: 5 }, world.target);
    },
    code: 'conflict',
    status: [422, 409],
  },
  {
    says: 'a name that was taken meanwhile is refused at the end',
    async run(world) {
      const { id } = await world.way.begin({ ...PLACE, sizeBytes: 5 }, world.target);
      await take(PLACE.name, world);
      return await world.way.append(id, { offset: 0, bytes: HELLO, isLast: true }, world.target);
    },
    code: 'conflict',
    status: [422, 409],
  },
  {
    says: 'a size over the limit is refused when it is said',
    run: ({ way, target }) => way.begin({ sizeBytes: MAX_BYTES + 1 }, target),
    code: 'content_too_large',
    status: [413, 413],
  },
  {
    says: 'a size over the limit is refused when it is said later',
    async run({ way, target }) {
      const { id } = await way.begin({}, target);
      return await way.append(id, { offset: 0, bytes: HELLO, sizeBytes: MAX_BYTES + 1 }, target);
    },
    code: 'content_too_large',
    status: [413, 413],
  },
  {
    says: 'bytes over the limit are refused when they come unsaid',
    async run({ way, target }) {
      const { id } = await way.begin({}, target);
      return await way.append(id, { offset: 0, bytes: randomBytes(MAX_BYTES + 1) }, target);
    },
    code: 'content_too_large',
    status: [413, 413],
  },
  {
    says: 'bytes for another place are refused',
    async run({ way, target }) {
      const { id } = await way.begin({ sizeBytes: 10 }, target);
      await way.append(id, { offset: 0, bytes: HELLO }, target);
      return await way.append(id, { offset: 4, bytes: HELLO }, target);
    },
    code: 'offset_mismatch',
    status: [409, 409],
  },
  {
    says: 'bytes beyond the size that was said are refused',
    async run({ way, target }) {
      const { id } = await way.begin({ sizeBytes: 4 }, target);
      return await way.append(id, { offset: 0, bytes: HELLO }, target);
    },
    code: 'length_mismatch',
    status: [400, 400],
  },
  {
    says: 'another size than the one that was said is refused',
    async run({ way, target }) {
      const { id } = await way.begin({ sizeBytes: 10 }, target);
      return await way.append(id, { offset: 0, bytes: HELLO, sizeBytes: 11 }, target);
    },
    code: 'length_mismatch',
    status: [400, 400],
  },
  {
    says: 'a piece that is not what its checksum says is refused',
    async run({ way, target }) {
      const { id } = await way.begin({ sizeBytes: 10 }, target);
      return await way.append(id, { offset: 0, bytes: HELLO, checksumOf: Buffer.from('other') }, target);
    },
    code: 'checksum_mismatch',
    status: [460, 400],
  },
  {
    says: 'a piece that is not what its checksum says does not count',
    async run({ way, target }) {
      const { id } = await way.begin({ sizeBytes: 10 }, target);
      await way.append(id, { offset: 0, bytes: HELLO }, target);
      await way.append(id, { offset: 5, bytes: HELLO, checksumOf: Buffer.from('other') }, target);
      return await way.locate(id, target);
    },
    code: null,
    status: [200, 204],
    offset: 5,
  },
  {
    says: 'a piece that is what its checksum says counts',
    async run({ way, target }) {
      const { id } = await way.begin({ sizeBytes: 10 }, target);
      return await way.append(id, { offset: 0, bytes: HELLO, checksumOf: HELLO }, target);
    },
    code: null,
    status: [204, 204],
    offset: 5,
  },
  {
    says: 'a content that is not what was expected is refused at the end',
    async run({ way, target }) {
      const { id } = await way.begin({ sizeBytes: 5, expectedSha256: 'a'.repeat(64) }, target);
      return await way.append(id, { offset: 0, bytes: HELLO, isLast: true }, target);
    },
    code: 'digest_mismatch',
    status: [422, 400],
  },
  {
    says: 'a content that is not what was expected is refused again to whoever asks',
    async run({ way, target }) {
      const { id } = await way.begin({ sizeBytes: 5, expectedSha256: 'a'.repeat(64) }, target);
      await way.append(id, { offset: 0, bytes: HELLO, isLast: true }, target);
      return await way.locate(id, target);
    },
    code: 'digest_mismatch',
    status: [422, 400],
  },
  {
    says: 'nothing is appended to what has failed',
    async run({ way, target }) {
      const { id } = await way.begin({ sizeBytes: 5, expectedSha256: 'a'.repeat(64) }, target);
      await way.append(id, { offset: 0, bytes: HELLO, isLast: true }, target);
      return await way.append(id, { offset: 5, bytes: HELLO }, target);
    },
    code: 'digest_mismatch',
    status: [422, 400],
  },
  {
    says: 'nothing is appended to what is whole',
    async run({ way, target }) {
      const { id } = await way.begin({ sizeBytes: 5, expectedSha256: SHA256 }, target);
      await way.append(id, { offset: 0, bytes: HELLO, isLast: true }, target);
      return await way.append(id, { offset: 5, bytes: HELLO }, target);
    },
    code: 'length_mismatch',
    status: [400, 400],
  },
  {
    says: 'the last piece, said again without bytes, is answered again',
    async run({ way, target }) {
      const { id } = await way.begin({ ...PLACE, sizeBytes: 5, expectedSha256: SHA256 }, target);
      await way.append(id, { offset: 0, bytes: HELLO, isLast: true }, target);
      return await way.append(id, { offset: 5, bytes: Buffer.alloc(0), isLast: true }, target);
    },
    code: null,
    status: [204, 200],
    offset: 5,
  },
  {
    says: 'what was cancelled is gone',
    async run({ way, target }) {
      const { id } = await way.begin({ sizeBytes: 10 }, target);
      await way.append(id, { offset: 0, bytes: HELLO }, target);
      expect((await way.cancel(id, target)).code).toBeNull();
      return await way.append(id, { offset: 5, bytes: HELLO }, target);
    },
    code: 'not_found',
    status: [404, 404],
  },
];

describe('by every way of its bytes', () => {
  test.each(ROWS)('$says', async ({ run, code, status, offset }) => {
    const messages = new Set<string | null>();
    for (const [index, way] of BYTE_TRANSPORTS.entries()) {
      const answer = await run(await openWorld(way));
      expect(answer, way.name).toMatchObject({ code, status: status[index] });
      if (offset !== undefined) expect(answer.offset, way.name).toBe(offset);
      messages.add(answer.message?.replaceAll(/[0-9a-f-]{36}/g, '…') ?? null);
    }
    if (code !== null) expect(messages.size, [...messages].join(' | ')).toBe(1);
  });

  test('an upload that one way has begun goes on by the other', async () => {
    for (const [first, second] of [BYTE_TRANSPORTS, BYTE_TRANSPORTS.toReversed()]) {
      if (first === undefined || second === undefined) throw new Error('there are two ways');
      const { target } = await openWorld(first);
      const { id } = await first.begin({ ...PLACE, sizeBytes: 10 }, target);
      await first.append(id, { offset: 0, bytes: HELLO }, target);
      expect(await second.locate(id, target)).toMatchObject({ offset: 5, code: null });
      expect(await second.append(id, { offset: 5, bytes: HELLO, isLast: true }, target)).toMatchObject({ code: null });
      const found = await send('GET', '/v1/resources/by-path?directory_path=/bytes&name=a.txt', target);
      expect(found.json).toMatchObject({ size_bytes: 10 });
    }
  });
});
