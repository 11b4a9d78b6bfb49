// Creates of one request that share a content and meet at moments that the database alone decides.
import { expect, inject, test } from 'vitest';
import { createTurns } from '../../../src/domain/caller/turns.ts';
import { stageWhole } from '../../../src/domain/content/staging.ts';
import { createResource } from '../../../src/domain/create/create-resource.ts';
import { openFixture } from '../../support/domain/sweep-fixture.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const { signal } = new AbortController();
const principal = {
  accountId: 'acme',
  subject: null,
  scopes: new Set(['resources:write']),
  expiresAtMs: Number.POSITIVE_INFINITY,
};

test('a create that looked for the content before another registered it refers to the same one', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  await using fixture = await openFixture(database.url);
  const { blobs, repository } = fixture;
  const limits = { maxContentBytes: 100, inlineMaxBytes: 0, maxCreateMs: 60_000 };
  const staging = { ...limits, blobs, accountId: 'acme', declaredMimeType: 'text/plain', signal };
  await using content = await stageWhole(Buffer.from('shared'), staging);
  const ports = {
    ...fixture,
    requestId: 'a-test',
    principal,
    takeClaim: null,
    turns: createTurns(),
    signal,
    openRemote: () => Promise.reject(new Error('nothing is fetched here')),
    openUpload: () => Promise.reject(new Error('nothing is uploaded here')),
    detectMimeType: () => Promise.resolve(null),
    onHealed: () => {},
    limits,
  };
  const looked = Promise.withResolvers<void>();
  const registered = Promise.withResolvers<void>();
  // The database's answer, on its way for as long as the other create takes.
  const slow: typeof repository = {
    ...repository,
    async findBlob(...asked) {
      const found = await repository.findBlob(...asked);
      looked.resolve();
      await registered.promise;
      return found;
    },
  };
  const second = createResource({ name: 'second', directoryPath: '/', content }, { ...ports, repository: slow });
  await looked.promise;
  const first = await createResource({ name: 'first', directoryPath: '/', content }, ports);
  registered.resolve();
  expect((await second).resource.storageKey).toBe(first.resource.storageKey);
  expect(await fixture.verify()).toEqual([]);
});
