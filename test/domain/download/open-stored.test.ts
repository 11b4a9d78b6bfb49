// What is read from a directory, and hashed, when a content is asked for several times.
import { createHash } from 'node:crypto';
import { mkdtempDisposable, readFile, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BlobStore } from '../../../src/domain/content/blob-store.ts';
import { openStored } from '../../../src/domain/download/open-stored.ts';
import { createProvedContents } from '../../../src/domain/download/proved-contents.ts';
import { createStorageKey } from '../../../src/domain/fields/ids.ts';
import type { ByteRange, ByteStream } from '../../../src/domain/flow/stream.ts';
import { openDirectoryStore } from '../../../src/storage/directory/store.ts';
import { patternOf } from '../../support/storage/bytes.ts';

const SIZES = [5, 100_000, 1_000_000];
const KEPT_BYTES = 16_000_000;

async function openWorld({ maxKeptBytes = KEPT_BYTES } = {}) {
  await using opened = new AsyncDisposableStack();
  const { path: directory } = opened.use(await mkdtempDisposable(join(tmpdir(), 'open-stored-')));
  const store = opened.adopt(await openDirectoryStore({ directory }), (it) => it.close());
  const counts = { reads: 0, entered: 0, left: 0 };
  const read: BlobStore['read'] = (key, options) => {
    counts.reads += 1;
    return store.read(key, options);
  };
  const limits = { trustMs: 600_000, maxRemembered: 100, maxKeptBytes };
  const proved = createProvedContents({ ...limits, now: () => performance.now() });
  const { signal } = new AbortController();
  const stack = opened.move();

  return {
    counts,
    pathOf: (key: string) => join(directory, key),
    /** Until the file is so old that another write would leave another time. */
    async put(sizeBytes: number): Promise<string> {
      const key = createStorageKey();
      await (await store.stage(patternOf(sizeBytes), { accountId: 'acme', key, signal })).commit({ signal });
      await expect.poll(() => store.stamp(key, { signal }), { timeout: 10_000 }).not.toBeNull();
      return key;
    },
    async open(key: string, { sizeBytes, range = null }: { sizeBytes: number; range?: ByteRange | null }) {
      const sha256 = createHash('sha256')
        .update(await gather(patternOf(sizeBytes)))
        .digest('hex');
      const wanted = range === null ? { sizeBytes, sha256 } : { sizeBytes: range.end + 1 - range.start, sha256: null };
      counts.entered += 1;
      let isIn = true;
      const leave = () => {
        if (isIn) counts.left += 1;
        isIn = false;
      };
      const opening = openStored(
        { key, range, leave, expected: { ...wanted, onOther: () => {} } },
        { blobs: { ...store, read }, downloads: { proved }, signal },
      );
      return await gather(await opening.catch(refuseAfter(leave)));
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Copies, since each piece is lent. */
async function gather(bytes: ByteStream): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(bytes, (piece) => Buffer.from(piece)));
}

function refuseAfter(leave: () => void) {
  return (thrown: unknown): never => {
    leave();
    throw thrown;
  };
}

test.each(SIZES)('a content of %i bytes is read twice, and then lent from memory, also in part', async (sizeBytes) => {
  await using world = await openWorld();
  const bytes = await gather(patternOf(sizeBytes));
  const key = await world.put(sizeBytes);
  for (const reads of [1, 2, 2, 2]) {
    expect((await world.open(key, { sizeBytes })).equals(bytes)).toBe(true);
    expect(world.counts.reads).toBe(reads);
  }
  const range = { start: 1, end: 3 };
  expect(await world.open(key, { sizeBytes, range })).toEqual(bytes.subarray(1, 4));
  expect(world.counts).toEqual({ reads: 2, entered: 5, left: 5 });
});

test.each(SIZES)('a content of %i bytes that is changed, or gone, is noticed at once', async (sizeBytes) => {
  await using world = await openWorld();
  const key = await world.put(sizeBytes);
  for (const reads of [1, 2, 3]) {
    await world.open(key, { sizeBytes });
    const whole = await readFile(world.pathOf(key));
    if (reads === 3) await unlink(world.pathOf(key));
    else await writeFile(world.pathOf(key), Buffer.from(whole).fill(250, sizeBytes - 1));
    await expect(world.open(key, { sizeBytes })).rejects.toMatchObject({ code: 'internal' });
    if (reads === 3) continue;
    await writeFile(world.pathOf(key), whole);
    for (let at = 0; at < reads; at += 1) await world.open(key, { sizeBytes });
  }
  expect(world.counts.left).toBe(world.counts.entered);
});

test('a content that is too large to be kept is read each time', async () => {
  await using world = await openWorld({ maxKeptBytes: 0 });
  const sizeBytes = 1_000_000;
  const key = await world.put(sizeBytes);
  const bytes = await gather(patternOf(sizeBytes));
  for (const reads of [1, 2, 3]) {
    expect((await world.open(key, { sizeBytes })).equals(bytes)).toBe(true);
    expect(world.counts.reads).toBe(reads);
  }
});
