import { randomUUID } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { BlobStore } from '../../../src/domain/content/blob-store.ts';
import { checkOwnStore, lookAtOwnStore, requireOwnStore } from '../../../src/domain/maintenance/own-store.ts';
import { openRepository, type Repository } from '../../../src/persistence/repository.ts';
import { openDirectoryStore } from '../../../src/storage/directory/store.ts';
import { openS3Store } from '../../../src/storage/s3/store.ts';
import { createContent, createRecord } from '../../support/persistence/records.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const { signal } = new AbortController();
const cleanup = { stack: new AsyncDisposableStack() };
beforeEach(() => {
  cleanup.stack = new AsyncDisposableStack();
});
afterEach(() => cleanup.stack.disposeAsync());

async function openMemory(): Promise<Repository> {
  const { url } = cleanup.stack.use(await createDatabase(inject('postgresUrl')));
  const opening = openRepository({ database: { kind: 'postgres', url } });
  return cleanup.stack.adopt(await opening, (it) => it.close());
}

async function openFolder(): Promise<BlobStore> {
  const folder = cleanup.stack.use(await mkdtempDisposable(`${tmpdir()}/own-store-`));
  return cleanup.stack.adopt(await openDirectoryStore({ directory: folder.path }), (it) => it.close());
}

const stores = [
  { name: 'a directory', open: openFolder },
  ...inject('s3Servers')
    .filter(({ faithful }) => faithful)
    .map(({ name, endpoint, ...credentials }) => ({
      name,
      async open() {
        const bucket = `test-${randomUUID()}`;
        const place = { bucket, endpoint, region: 'us-east-1', forcePathStyle: true, createBucket: true };
        return cleanup.stack.adopt(await openS3Store({ ...place, credentials }), (it) => it.close());
      },
    })),
];

const require = (blobs: BlobStore, memory: Repository, { adopt = false } = {}) =>
  requireOwnStore({ blobs, memory, adopt, place: 'the place', signal });

const lookAt = (blobs: BlobStore, memory: Repository) => lookAtOwnStore({ blobs, memory, place: 'the place', signal });

async function storeIn(blobs: BlobStore, repository: Repository) {
  const content = createContent();
  const location = { bucket: blobs.bucket, key: randomUUID() };
  await repository.insert(createRecord(), { ...content, offered: { location, inline: null } });
}

describe.each(stores)('a database and its store in $name', ({ open }) => {
  test('know each other from the first start on, however many gateways start at once', async () => {
    const [blobs, memory] = [await open(), await openMemory()];
    const ids = await Promise.all(Array.from({ length: 8 }, () => require(blobs, memory)));
    expect(new Set(ids).size).toBe(1);
    expect(await require(blobs, memory)).toBe(ids[0]);
    await storeIn(blobs, memory);
    expect(await require(blobs, memory)).toBe(ids[0]);
    await checkOwnStore(String(ids[0]), { memory, signal });
  });

  test('are refused with another store: of another database, of none, or of the same database too late', async () => {
    const [blobs, memory] = [await open(), await openMemory()];
    const [foreign, empty] = [await open(), await open()];
    await require(blobs, memory);
    await require(foreign, await openMemory());
    await expect(require(foreign, memory)).rejects.toThrow(
      /the place holds the blobs of another database. Set DATABASE_URL/,
    );
    await expect(require(blobs, await openMemory())).rejects.toThrow(/of another database/);
    await storeIn(empty, memory);
    await expect(require(empty, memory)).rejects.toThrow(/it has no label.*npm run verify -- --adopt-store/);
  });

  test('are looked at without a trace, with the same outcome as at a start', async () => {
    const [blobs, memory] = [await open(), await openMemory()];
    const [foreign, other, empty] = [await open(), await open(), await open()];
    expect(await lookAt(blobs, memory)).toBe('new');
    expect(await blobs.readLabel({ signal })).toBeNull();
    await require(other, memory);
    await require(blobs, memory);
    await require(foreign, await openMemory());
    expect(await lookAt(blobs, memory)).toBe('own');
    await expect(lookAt(foreign, memory)).rejects.toThrow(/of another database/);
    await expect(lookAt(other, memory)).rejects.toThrow(/not the store that this database's blobs lie in/);
    expect(await lookAt(empty, memory)).toBe('new');
    await storeIn(empty, memory);
    await expect(lookAt(empty, memory)).rejects.toThrow(/it has no label/);
  });

  test('part when the store is empty and no blob lies in it; who uses the former one finds out', async () => {
    const [former, next, memory] = [await open(), await open(), await openMemory()];
    const formerId = await require(former, memory);
    const nextId = await require(next, memory);
    await checkOwnStore(nextId, { memory, signal });
    await expect(checkOwnStore(formerId, { memory, signal })).rejects.toThrow(/another store/);
    await expect(require(former, memory)).rejects.toThrow(/not the store that this database's blobs lie in/);
  });

  test('are one of two that start at once with stores of their own', async () => {
    const [first, second, memory] = [await open(), await open(), await openMemory()];
    const outcomes = await Promise.allSettled([require(first, memory), require(second, memory)]);
    const ids = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const looks = await Promise.allSettled(ids.map((id) => checkOwnStore(id, { memory, signal })));
    expect(looks.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('are brought together by an operator who adopts a store, once', async () => {
    const [blobs, restored, memory] = [await open(), await open(), await openMemory()];
    await require(blobs, memory);
    await storeIn(blobs, memory);
    await storeIn(restored, memory);
    const id = await require(restored, memory, { adopt: true });
    expect(await require(restored, memory, { adopt: true })).toBe(id);
    expect(await require(restored, memory)).toBe(id);
  });
});
