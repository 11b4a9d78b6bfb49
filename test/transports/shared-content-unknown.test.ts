// An insert whose outcome nobody knows: a record may refer to the content that its creates share, so the content stays.
import { expect, inject, test } from 'vitest';
import { openLosingRelay } from '../support/servers/losing-relay.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { areReadable, listIds, startVerified } from '../support/transports/shared-creates.ts';
import { post, SHARED_WAYS, toDataUri } from '../support/transports/shared-ways.ts';

test.each(SHARED_WAYS)('content shared as $what stays when the answer to its insert is lost', async ({ create }) => {
  await using database = await createDatabase(inject('postgresUrl'));
  await using relay = await openLosingRelay(database.url);
  await using gateway = await startVerified(null, database.url, relay.url);
  const target = { url: gateway.url, token: await gateway.token() };
  const taken = { name: 'taken', directory_path: '/', content: toDataUri(Buffer.from('other content')) };
  await post('/v1/resources', taken, target);

  const request = { ...target, bytes: Buffer.alloc(900_000, 'shared') };
  relay.loseNext('answer');
  const acknowledged = (await create(['a', 'taken', 'b'], request)).filter((id) => id !== null);
  // The server may have stored what nobody was told of.
  await expect.poll(() => listIds(request)).not.toHaveLength(0);
  const stored = await listIds(request);
  expect(stored).toEqual(expect.arrayContaining(acknowledged));
  expect(await areReadable(stored, request)).toEqual(stored.map(() => true));
  expect((await gateway.findFlaws()).filter(({ kind }) => kind !== 'unswept')).toEqual([]);
});

test('content whose insert never arrived can be sent again, and is read then', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  await using relay = await openLosingRelay(database.url);
  await using gateway = await startVerified(null, database.url, relay.url);
  const request = { url: gateway.url, token: await gateway.token(), bytes: Buffer.alloc(900_000, 'shared') };
  const { create } = SHARED_WAYS[0] as (typeof SHARED_WAYS)[number];
  relay.loseNext('insert');
  expect(await create(['a'], request)).toEqual([null]);
  const ids = (await create(['a', 'b'], request)).filter((id) => id !== null);
  expect(ids).toHaveLength(2);
  expect(await areReadable(ids, request)).toEqual([true, true]);
  expect((await gateway.findFlaws()).map(({ kind }) => kind)).toEqual(['unswept']);
});
