// Creates with idempotency keys that bring one content: whichever of them is refused or repeated, what was stored stays.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createDatabase } from '../support/servers/postgres.ts';
import { KEYED_TRANSPORTS, send } from '../support/transports/keyed-requests.ts';
import {
  areReadable,
  listIds,
  startVerified,
  toStores,
  type VerifiedGateway,
} from '../support/transports/shared-creates.ts';
import { post, SHARED_WAYS, toDataUri } from '../support/transports/shared-ways.ts';

describe.each(toStores(inject('s3Servers')))('in $store', ({ server }) => {
  const cleanup = new AsyncDisposableStack();
  let gateway: VerifiedGateway;
  let accounts = 0;
  beforeAll(async () => {
    const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
    gateway = cleanup.use(await startVerified(server, url));
  });
  afterAll(() => cleanup.disposeAsync());

  /** An account of its own, in which the name "taken" is. */
  async function openAccount() {
    accounts += 1;
    const account = `account-${accounts}`;
    const target = { url: gateway.url, token: await gateway.token({ account }) };
    const taken = { name: 'taken', directory_path: '/', content: toDataUri(Buffer.from('other content')) };
    await post('/v1/resources', taken, target);
    return { ...target, bytes: Buffer.alloc(900_000, account) };
  }

  type Request = Awaited<ReturnType<typeof openAccount>>;
  const toInput = (name: string, { bytes }: Request) => ({ name, directoryPath: '/', content: toDataUri(bytes) });

  describe.each(KEYED_TRANSPORTS)('two keyed creates of one content in $name', (transport) => {
    const create = (name: string, request: Request, key: string = randomUUID()) =>
      send(transport, toInput(name, request), { ...request, key });

    test.each([
      ['a conflict before', ['taken', 'a']],
      ['a conflict after', ['a', 'taken']],
    ])('keep it with %s', async (_what, names) => {
      const request = await openAccount();
      const answers = [];
      for (const name of names) answers.push(await create(name, request));
      expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['conflict', 'ok']);
      const ids = await listIds(request);
      expect(ids).toHaveLength(1);
      expect(await areReadable(ids, request)).toEqual([true]);
      expect(await gateway.findFlaws()).toEqual([]);
    });

    test('keep it when they meet at one name at once', async () => {
      const request = await openAccount();
      const answers = await Promise.all(['a', 'a', 'taken', 'b'].map((name) => create(name, request)));
      expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['conflict', 'conflict', 'ok', 'ok']);
      const ids = await listIds(request);
      expect(ids).toHaveLength(2);
      expect(await areReadable(ids, request)).toEqual([true, true]);
      expect(await gateway.findFlaws()).toEqual([]);
    });

    test('keep it when one of their keys is sent again', async () => {
      const request = await openAccount();
      const key = randomUUID();
      const first = await create('a', request, key);
      await create('b', request);
      const again = await create('a', request, key);
      expect([first.isReplay, again.isReplay]).toEqual([false, true]);
      const ids = await listIds(request);
      expect(ids).toHaveLength(2);
      expect(await areReadable(ids, request)).toEqual([true, true]);
      expect(await gateway.findFlaws()).toEqual([]);
    });
  });

  test.each(SHARED_WAYS)('$what under one key leaves what it stored readable, and nothing else', async ({ create }) => {
    const request = await openAccount();
    const headers = { 'idempotency-key': randomUUID() };
    // A key covers one create: at most the first of a batch of calls is stored.
    await create(['a', 'b'], { ...request, headers }).catch(() => {});
    const ids = await listIds(request);
    expect(ids.length).toBeLessThan(2);
    expect(await areReadable(ids, request)).toEqual(ids.map(() => true));
    expect(await gateway.findFlaws()).toEqual([]);
  });

  test('what the first of two aliases stored under their key outlives the refusal of the second', async () => {
    const request = await openAccount();
    const create = (name: string) =>
      `${name}: createResource(input: { name: "${name}", directoryPath: "/", content: $content }) { id }`;
    const query = `mutation ($content: String!) { ${create('a')} ${create('b')} }`;
    const headers = { 'idempotency-key': randomUUID() };
    const body = { query, variables: { content: toDataUri(request.bytes) } };
    expect(await post('/graphql', body, { ...request, headers })).toMatchObject({
      errors: [{ extensions: { code: 'BAD_REQUEST' } }],
    });
    const ids = await listIds(request);
    expect(ids).toHaveLength(1);
    expect(await areReadable(ids, request)).toEqual([true]);
    expect(await gateway.findFlaws()).toEqual([]);
  });
});
