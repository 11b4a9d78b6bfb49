// An insert whose outcome nobody knows: a record may refer to the content that its creates share, so the content stays.
import { randomUUID } from 'node:crypto';
import { describe, expect, inject, test } from 'vitest';
import { openLosingRelay } from '../support/servers/losing-relay.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import type { S3Server } from '../support/servers/s3.setup.ts';
import { KEYED_TRANSPORTS, send } from '../support/transports/keyed-requests.ts';
import { areReadable, listIds, startVerified, toStores } from '../support/transports/shared-creates.ts';
import { post, SHARED_WAYS, type SharedWay, toDataUri } from '../support/transports/shared-ways.ts';

/** A gateway whose next insert can be lost. */
async function startLosing(server: S3Server | null) {
  await using cleanup = new AsyncDisposableStack();
  const database = cleanup.use(await createDatabase(inject('postgresUrl')));
  const relay = cleanup.use(await openLosingRelay(database.url));
  const gateway = cleanup.use(await startVerified(server, database.url, relay.url));
  const request = { url: gateway.url, token: await gateway.token(), bytes: Buffer.alloc(900_000, 'shared') };
  const held = cleanup.move();
  return { gateway, relay, request, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

describe.each(toStores(inject('s3Servers')))('in $store', ({ server }) => {
  test.each(SHARED_WAYS)('content shared as $what stays when the answer to its insert is lost', async ({ create }) => {
    await using losing = await startLosing(server);
    const { gateway, request } = losing;
    const taken = { name: 'taken', directory_path: '/', content: toDataUri(Buffer.from('other content')) };
    await post('/v1/resources', taken, request);

    losing.relay.loseNext('answer');
    const acknowledged = (await create(['a', 'taken', 'b'], request)).filter((id) => id !== null);
    // The server may have stored what nobody was told of.
    await expect.poll(() => listIds(request)).not.toHaveLength(0);
    const stored = await listIds(request);
    expect(stored).toEqual(expect.arrayContaining(acknowledged));
    expect(await areReadable(stored, request)).toEqual(stored.map(() => true));
    expect((await gateway.findFlaws()).filter(({ kind }) => kind !== 'unswept')).toEqual([]);
  });

  test('content whose insert never arrived can be sent again, and is read then', async () => {
    await using losing = await startLosing(server);
    const { gateway, request } = losing;
    const { create } = SHARED_WAYS[0] as SharedWay;
    losing.relay.loseNext('insert');
    expect(await create(['a'], request)).toEqual([null]);
    const ids = (await create(['a', 'b'], request)).filter((id) => id !== null);
    expect(ids).toHaveLength(2);
    expect(await areReadable(ids, request)).toEqual([true, true]);
    expect((await gateway.findFlaws()).map(({ kind }) => kind)).toEqual(['unswept']);
  });

  test.each(KEYED_TRANSPORTS)(
    'a key of $name whose answer is lost gives the stored content to its repeat',
    async (transport) => {
      await using losing = await startLosing(server);
      const { gateway, relay, request } = losing;
      const input = { name: 'a', directoryPath: '/', content: toDataUri(request.bytes) };
      const target = { ...request, key: randomUUID() };
      relay.loseNext('answer');
      expect(await send(transport, input, target)).toMatchObject({ kind: 'internal' });
      // What the server was told it does, whether anybody hears of it or not.
      await expect.poll(() => listIds(request)).toHaveLength(1);
      const [stored = ''] = await listIds(request);

      expect(await send(transport, input, target)).toMatchObject({ isReplay: true, resource: { id: stored } });
      expect(await areReadable([stored], request)).toEqual([true]);
      expect(await gateway.findFlaws()).toEqual([]);
    },
  );
});
