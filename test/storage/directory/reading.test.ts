import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBufferPool } from '../../../src/domain/flow/buffer-pool.ts';
import { WholeBytes } from '../../../src/domain/flow/stream.ts';
import { createReadBuffers, READ_BYTES } from '../../../src/storage/directory/read-buffers.ts';
import { readFromFile } from '../../../src/storage/directory/reading.ts';
import { digestOf, patternOf } from '../../support/storage/bytes.ts';

const LARGE_BYTES = 3 * READ_BYTES + 5;
const range = null;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reading-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function store(sizeBytes: number, seed = 0): Promise<string> {
  const path = join(folder, `${sizeBytes}-${seed}`);
  await writeFile(path, patternOf(sizeBytes, seed));
  return path;
}

/** A pool that knows how many of its buffers are out. */
function createCountedPool() {
  const pool = createBufferPool({ bytes: READ_BYTES, maxSpare: 8 });
  const counted = {
    out: 0,
    take: () => {
      counted.out += 1;
      return pool.take();
    },
    give: (buffer: Buffer) => {
      counted.out -= 1;
      pool.give(buffer);
    },
  };
  return counted;
}

/** How many descriptors of this process are of files in the folder; Linux alone tells. */
async function countOpen(): Promise<number> {
  const links = await readdir('/proc/self/fd').catch(() => []);
  const paths = await Promise.all(links.map((link) => readlink(join('/proc/self/fd', link)).catch(() => '')));
  return paths.filter((path) => path.startsWith(folder)).length;
}

test.each([0, 1, 64 * 1024])('a file of %i bytes is one piece, of memory of its own', async (sizeBytes) => {
  const buffers = createCountedPool();
  const { signal } = new AbortController();
  const read = await readFromFile(await store(sizeBytes), { range, signal, buffers });
  expect(read).toBeInstanceOf(WholeBytes);
  expect(buffers.out).toBe(0);
  expect(await digestOf(read)).toEqual(await digestOf(patternOf(sizeBytes)));
  await expect.poll(countOpen).toBe(0);
});

test.each([64 * 1024 + 1, READ_BYTES, 2 * READ_BYTES, LARGE_BYTES])(
  'files of %i bytes that are read side by side share no buffer',
  async (sizeBytes) => {
    const buffers = createCountedPool();
    const { signal } = new AbortController();
    const seeds = [1, 2, 3, 4];
    const paths = await Promise.all(seeds.map((seed) => store(sizeBytes, seed)));
    const read = await Promise.all(paths.map((path) => readFromFile(path, { range, signal, buffers })));
    const expected = await Promise.all(seeds.map((seed) => digestOf(patternOf(sizeBytes, seed))));
    expect(await Promise.all(read.map(digestOf))).toEqual(expected);
    await expect.poll(() => buffers.out).toBe(0);
    await expect.poll(countOpen).toBe(0);
  },
);

describe('a file of several pieces is closed, and its buffers are given back,', () => {
  async function open() {
    const buffers = createCountedPool();
    const aborting = new AbortController();
    const bytes = await readFromFile(await store(LARGE_BYTES), { range, signal: aborting.signal, buffers });
    const expectClosed = async () => {
      await expect.poll(() => buffers.out).toBe(0);
      await expect.poll(countOpen).toBe(0);
    };
    return { bytes, aborting, expectClosed };
  }

  test('when it is left after its first piece', async () => {
    const { bytes, expectClosed } = await open();
    for await (const _ of bytes) break;
    await expectClosed();
  });

  test('when it is aborted before anybody reads', async () => {
    const { bytes, aborting, expectClosed } = await open();
    aborting.abort(new Error('enough'));
    await expectClosed();
    await expect(digestOf(bytes)).rejects.toThrow('enough');
  });

  test('when it is aborted while somebody reads', async () => {
    const { bytes, aborting, expectClosed } = await open();
    const reading = async () => {
      for await (const _ of bytes) aborting.abort(new Error('enough'));
    };
    await expect(reading()).rejects.toThrow('enough');
    await expectClosed();
  });
});

test('buffers are large while few are in use, and small beyond', () => {
  const buffers = createReadBuffers();
  const taken = Array.from({ length: 40 }, () => buffers.take());
  const countLarge = (of: readonly Buffer[]) => of.filter(({ length }) => length > READ_BYTES).length;
  expect(countLarge(taken)).toBe(32);
  for (const buffer of taken.slice(0, 2)) buffers.give(buffer.subarray(0, 5));
  const again = Array.from({ length: 4 }, () => buffers.take());
  expect(countLarge(again)).toBe(2);
  expect(new Set([...taken.slice(2), ...again].map(({ buffer }) => buffer)).size).toBe(42);
});
