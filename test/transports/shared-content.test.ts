// One content for several creates of a request, of which some are refused: what is acknowledged keeps its bytes.
import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createDatabase } from '../support/servers/postgres.ts';
import {
  areReadable,
  listIds,
  startVerified,
  toStores,
  type VerifiedGateway,
} from '../support/transports/shared-creates.ts';
import { post, SHARED_WAYS, toDataUri } from '../support/transports/shared-ways.ts';

describe.each(toStores(inject('s3Servers')))('content in $store', ({ server }) => {
  const cleanup = new AsyncDisposableStack();
  let gateway: VerifiedGateway;
  let accounts = 0;
  beforeAll(async () => {
    const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
    gateway = cleanup.use(await startVerified(server, url));
  });
  afterAll(() => cleanup.disposeAsync());

  /** An account of its own, in which the name "taken" is. */
  async function openAccount(scope = 'resources:read resources:write') {
    accounts += 1;
    const account = `account-${accounts}`;
    const target = { url: gateway.url, token: await gateway.token({ account }) };
    const taken = { name: 'taken', directory_path: '/', content: toDataUri(Buffer.from('other content')) };
    await post('/v1/resources', taken, target);
    const bytes = Buffer.alloc(900_000, account);
    return { url: gateway.url, token: await gateway.token({ account, scope }), bytes };
  }

  test.each(SHARED_WAYS)(
    'that creates share as $what: what is acknowledged keeps it, and no more is kept',
    async ({ create }) => {
      const lists = [
        ['a', 'a'],
        ['taken', 'a', 'b'],
        ['a', 'taken', 'b'],
        ['a', 'b', 'taken'],
      ];
      const answers = lists.map(async (names) => {
        const request = await openAccount();
        const ids = await create(names, request);
        const kept = ids.filter((id) => id !== null);
        const refused = ids.map((id, index) => (id === null ? names[index] : null)).filter((name) => name !== null);
        return { names, refused, isReadable: await areReadable(kept, request) };
      });
      const seen = await Promise.all(answers);
      expect(seen).toEqual(
        lists.map((names) => ({
          names,
          refused: names.length === 2 ? ['a'] : ['taken'],
          isReadable: names.slice(1).map(() => true),
        })),
      );
      expect(await gateway.findFlaws()).toEqual([]);
    },
  );

  test.each(SHARED_WAYS)('that creates share as $what survives a digest that does not fit', async ({ create }) => {
    const places = [0, 1, 2];
    const answers = places.map(async (wrong) => {
      const request = await openAccount();
      const fitting = hash('sha256', request.bytes, 'hex');
      const more = places.map((index) => ({ expectedSha256: index === wrong ? '0'.repeat(64) : fitting }));
      const ids = await create(['a', 'b', 'c'], { ...request, more });
      const kept = ids.filter((id) => id !== null);
      return { refused: places.filter((index) => ids[index] === null), isReadable: await areReadable(kept, request) };
    });
    const seen = await Promise.all(answers);
    expect(seen).toEqual(places.map((wrong) => ({ refused: [wrong], isReadable: [true, true] })));
    expect(await gateway.findFlaws()).toEqual([]);
  });

  describe('that aliases share', () => {
    const toQuery = (fields: readonly string[]) => `mutation ($content: String!) { ${fields.join(' ')} }`;
    const create = (name: string) =>
      `${name}: createResource(input: { name: "${name}", directoryPath: "/", content: $content }) { id }`;
    const remove = 'gone: deleteResource(id: "01890000-0000-7000-8000-000000000000") { deleted }';

    // The fields may not be null: a refusal ends the mutation and takes its answer. What was stored is asked for.
    test('keeps what was stored before one is refused', async () => {
      const cases = [
        { fields: ['taken', 'a', 'b'].map(create), code: 'CONFLICT', stored: 0 },
        { fields: ['a', 'taken', 'b'].map(create), code: 'CONFLICT', stored: 1 },
        { fields: ['a', 'b', 'taken'].map(create), code: 'CONFLICT', stored: 2 },
        { fields: [remove, create('a'), create('b')], code: 'FORBIDDEN', stored: 0 },
        { fields: [create('a'), remove, create('b')], code: 'FORBIDDEN', stored: 1 },
        { fields: [create('a'), create('b'), remove], code: 'FORBIDDEN', stored: 2 },
      ];
      for (const { fields, code, stored } of cases) {
        const request = await openAccount();
        const body = { query: toQuery(fields), variables: { content: toDataUri(request.bytes) } };
        expect(await post('/graphql', body, request)).toMatchObject({ errors: [{ extensions: { code } }] });
        const ids = await listIds(request);
        expect(ids).toHaveLength(stored);
        expect(await areReadable(ids, request)).toEqual(ids.map(() => true));
      }
      expect(await gateway.findFlaws()).toEqual([]);
    });
  });

  test('leaves nothing when its sender may not write', async () => {
    for (const { create } of SHARED_WAYS) {
      const request = await openAccount('resources:read');
      await create(['a', 'b'], request).catch(() => {});
      expect(await listIds(request)).toEqual([]);
    }
    expect(await gateway.findFlaws()).toEqual([]);
  });
});
