import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { createStorageKey } from '../../../src/domain/fields/ids.ts';
import { openS3Store, type S3StoreOptions } from '../../../src/storage/s3/store.ts';
import type { S3Server } from '../../support/servers/s3.setup.ts';
import { describeBlobStore } from '../../support/storage/blob-store-contract.ts';
import { patternOf } from '../../support/storage/bytes.ts';

function optionsFor(server: S3Server): S3StoreOptions {
  const { endpoint, accessKeyId, secretAccessKey } = server;
  return {
    bucket: `test-${randomUUID()}`,
    region: 'us-east-1',
    endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    createBucket: true,
  };
}

for (const server of inject('s3Servers')) {
  describeBlobStore(`the S3 store on ${server.name}`, {
    faithful: server.faithful,
    // The server's memory ends with the run, and every test has a bucket of its own.
    open: async () => ({ store: await openS3Store(optionsFor(server)), remove: async () => undefined }),
  });
}

describe.for(inject('s3Servers').filter(({ faithful }) => faithful))('the S3 store on $name', (server) => {
  const { signal } = new AbortController();

  it('lists more blobs than one page holds, each once', async () => {
    const store = await openS3Store(optionsFor(server));
    const stored = Array.from({ length: 1_001 }, createStorageKey);
    for (let at = 0; at < stored.length; at += 50) {
      const group = stored.slice(at, at + 50);
      await Promise.all(
        group.map(async (key) =>
          (await store.stage(patternOf(1), { accountId: 'acme', key, signal })).commit({ signal }),
        ),
      );
    }
    const listed: string[] = [];
    for await (const { key } of store.list({ signal })) listed.push(key);
    expect(listed.sort()).toEqual(stored.sort());
    await store.close();
  });

  it('makes no bucket in production, and says which one is missing', async () => {
    const options = { ...optionsFor(server), createBucket: false };
    await expect(openS3Store(options)).rejects.toThrow(
      `cannot keep blobs in S3: the bucket ${options.bucket} does not exist; create it, or set S3_BUCKET to one that exists`,
    );
  });

  it('opens a bucket that is there already without making it', async () => {
    const options = optionsFor(server);
    await (await openS3Store(options)).close();
    await (await openS3Store({ ...options, createBucket: false })).close();
  });

  it.each([
    { wrong: 'key id', credentials: { accessKeyId: 'NOBODY', secretAccessKey: 'x' } },
    { wrong: 'secret', credentials: { accessKeyId: server.accessKeyId, secretAccessKey: 'x' } },
  ])('tells the operator of a wrong $wrong', async ({ credentials }) => {
    const opening = openS3Store({ ...optionsFor(server), credentials });
    await expect(opening).rejects.toThrow(/credentials are not accepted .* check AWS_ACCESS_KEY_ID/);
  });
});
