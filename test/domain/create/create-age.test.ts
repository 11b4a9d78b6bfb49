import { expect, inject, test } from 'vitest';
import { createTurns } from '../../../src/domain/caller/turns.ts';
import { createResource } from '../../../src/domain/create/create-resource.ts';
import { listKeys, openFixture } from '../../support/domain/sweep-fixture.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const principal = {
  accountId: 'acme',
  subject: null,
  scopes: new Set(['resources:write']),
  expiresAtMs: Number.POSITIVE_INFINITY,
};

test('content that took longer to arrive than the sweep waits for its record is refused and gone', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  await using fixture = await openFixture(database.url);
  const create = (maxCreateMs: number) =>
    createResource(
      { name: 'late', directoryPath: '/', content: 'data:text/plain;base64,SGVsbG8=' },
      {
        ...fixture,
        requestId: 'a-test',
        principal,
        takeClaim: null,
        turns: createTurns(),
        signal: new AbortController().signal,
        openRemote: () => Promise.reject(new Error('nothing is fetched here')),
        openUpload: () => Promise.reject(new Error('nothing is uploaded here')),
        detectMimeType: () => Promise.resolve(null),
        onHealed: () => {},
        limits: { maxContentBytes: 100, inlineMaxBytes: 0, maxCreateMs },
      },
    );
  await expect(create(-1)).rejects.toMatchObject({ code: 'invalid_input', details: { field: 'content' } });
  expect(await listKeys(fixture.blobs)).toEqual([]);
  await create(60_000);
  expect(await listKeys(fixture.blobs)).toHaveLength(1);
});
