import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BlobStore } from '../../../src/domain/content/blob-store.ts';
import { stageStream, stageWhole } from '../../../src/domain/content/staging.ts';
import type { ByteStream } from '../../../src/domain/flow/stream.ts';
import { openDirectoryStore } from '../../../src/storage/directory/store.ts';

let directory: string;
let blobs: BlobStore;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staging-'));
  blobs = await openDirectoryStore({ directory });
});
afterAll(async () => {
  await blobs.close();
  await rm(directory, { recursive: true });
});

const { signal } = new AbortController();
const options = (limits: { maxContentBytes: number; inlineMaxBytes: number }) => ({
  blobs,
  signal,
  accountId: 'acme',
  declaredMimeType: null,
  findRoom: () => Promise.resolve(null),
  ...limits,
});

async function* pieces(...sizes: number[]): ByteStream {
  for (const size of sizes) yield Buffer.alloc(size, 7);
}

const NOTHING = new Uint8Array(0);

const sha256 = (size: number) => createHash('sha256').update(Buffer.alloc(size, 7)).digest('hex');

async function stagedFiles(): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

test('keeps what fits inline in memory, and no byte more', async () => {
  await using inline = await stageStream(pieces(5, 5), options({ maxContentBytes: 100, inlineMaxBytes: 10 }));
  expect(inline).toMatchObject({ sizeBytes: 10, sha256: sha256(10) });
  expect(inline.inline?.length).toBe(10);
  await using stored = await stageStream(pieces(5, 5, 1), options({ maxContentBytes: 100, inlineMaxBytes: 10 }));
  expect(stored).toMatchObject({ sizeBytes: 11, sha256: sha256(11), inline: null });
});

test('keeps nothing in memory under an inline limit of 0, not even empty content', async () => {
  const limits = options({ maxContentBytes: 100, inlineMaxBytes: 0 });
  for (const staging of [stageStream(pieces(), limits), stageStream(pieces(0), limits), stageWhole(NOTHING, limits)]) {
    await using content = await staging;
    expect(content).toMatchObject({ sizeBytes: 0, sha256: sha256(0), inline: null });
    const held = await content.store({ signal });
    const stored: Uint8Array[] = [];
    for await (const piece of await blobs.read(held.location.key, { signal, range: null })) stored.push(piece);
    expect(Buffer.concat(stored).length).toBe(0);
    held.giveBack();
  }
});

test.each([[[100]], [[99, 1]], [[50, 50]]])('takes content of exactly the cap in pieces of %j', async (sizes) => {
  await using content = await stageStream(pieces(...sizes), options({ maxContentBytes: 100, inlineMaxBytes: 10 }));
  expect(content.sizeBytes).toBe(100);
});

test('refuses content one byte over the cap and leaves nothing behind', async () => {
  for (const limits of [
    { maxContentBytes: 100, inlineMaxBytes: 10 },
    { maxContentBytes: 100, inlineMaxBytes: 1000 },
  ]) {
    const staged = stageStream(pieces(50, 51), options(limits));
    await expect(staged).rejects.toMatchObject({ code: 'content_too_large' });
    await expect(stageWhole(Buffer.alloc(101), options(limits))).rejects.toMatchObject({ code: 'content_too_large' });
  }
  expect(await stagedFiles()).toEqual([]);
});

test('stops an endless source at the cap', async () => {
  let pulled = 0;
  async function* endless(): ByteStream {
    while (true) {
      pulled += 1;
      yield Buffer.alloc(10);
    }
  }
  const staged = stageStream(endless(), options({ maxContentBytes: 100, inlineMaxBytes: 0 }));
  await expect(staged).rejects.toMatchObject({ code: 'content_too_large' });
  expect(pulled).toBeLessThan(20);
});

test('content that is disposed without being stored leaves nothing behind', async () => {
  {
    await using content = await stageStream(pieces(70_000), options({ maxContentBytes: 1e6, inlineMaxBytes: 0 }));
    expect(content.sizeBytes).toBe(70_000);
  }
  expect(await stagedFiles()).toEqual([]);
});

async function storeTwice() {
  const content = await stageStream(pieces(70_000), options({ maxContentBytes: 1e6, inlineMaxBytes: 0 }));
  const [first, second] = await Promise.all([content.store({ signal }), content.store({ signal })]);
  expect(second.location).toEqual(first.location);
  return { content, first, second };
}

test('content that two creates stored is stored once, and stays when only one of them gives it back', async () => {
  const { content, first, second } = await storeTwice();
  second.giveBack();
  second.giveBack();
  await content[Symbol.asyncDispose]();
  let sizeBytes = 0;
  for await (const piece of await blobs.read(first.location.key, { signal, range: null })) sizeBytes += piece.length;
  expect(sizeBytes).toBe(70_000);
  await blobs.delete(first.location.key, { signal });
});

test('content that every create gave back goes with its disposal, not before, and is not stored again', async () => {
  const { content, first, second } = await storeTwice();
  first.giveBack();
  second.giveBack();
  expect(await stagedFiles()).toHaveLength(1);
  await content[Symbol.asyncDispose]();
  expect(await stagedFiles()).toEqual([]);
  await expect(content.store({ signal })).rejects.toThrow('disposed');
});

test('knows the first bytes of a content that came in crumbs', async () => {
  async function* crumbs(): ByteStream {
    for (let at = 0; at < 6000; at += 1) yield Buffer.from([at % 251]);
  }
  await using content = await stageStream(crumbs(), options({ maxContentBytes: 1e6, inlineMaxBytes: 0 }));
  expect([...content.head]).toEqual(Array.from({ length: 4100 }, (_, at) => at % 251));
});
