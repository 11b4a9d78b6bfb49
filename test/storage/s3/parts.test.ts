import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createStorageKey } from '../../../src/domain/fields/ids.ts';
import type { ByteStream } from '../../../src/domain/flow/stream.ts';
import { closeConnection, createS3Connection, type S3Connection } from '../../../src/storage/s3/client.ts';
import { createPartPool, type PartPool } from '../../../src/storage/s3/parts.ts';
import { isInS3, readFromS3 } from '../../../src/storage/s3/reading.ts';
import { stageInS3 } from '../../../src/storage/s3/staging.ts';
import { digestOf, patternOf } from '../../support/storage/bytes.ts';

const MIB = 1024 * 1024;
const { signal } = new AbortController();

/** Whether `promise` is settled once everything that could run has. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe('the parts of a store', () => {
  it('leave some for other accounts, whatever one asks for, and go to those that have the fewest', async () => {
    const pool = createPartPool({ maxParts: 4 });
    const [many, few, late] = ['many', 'few', 'late'].map((account) => pool.open(account));
    for (let count = 0; count < 3; count += 1) await many?.reserve(signal);
    const fourth = many?.reserve(signal) as Promise<void>;
    expect(await isSettled(fourth)).toBe(false);
    await few?.reserve(signal);
    const first = late?.reserve(signal) as Promise<void>;
    expect(await isSettled(first)).toBe(false);
    expect(pool.state()).toEqual({ inUse: 4, waiting: 2, max: 4 });

    // Whoever asked first, it has three already.
    many?.drop();
    await first;
    expect(await isSettled(fourth)).toBe(false);
    few?.drop();
    await fourth;
    expect(pool.state()).toEqual({ inUse: 4, waiting: 0, max: 4 });
  });

  it('are on their way in turns: one account leaves places for another', async () => {
    const pool = createPartPool();
    const busy = pool.open('busy');
    for (let count = 0; count < 6; count += 1) await busy.enter(signal);
    expect(await isSettled(busy.enter(signal))).toBe(false);
    (await pool.open('other').enter(signal))();
  });

  it('may wait for their commit only in half of what there is, of all and of an account', () => {
    const pool = createPartPool({ maxParts: 8 });
    const keep = (account: string, count: number) => Array.from({ length: count }, () => pool.open(account).keep());
    const kept = [...keep('a', 4), ...keep('b', 2)].map((leave) => leave !== null);
    expect(kept).toEqual([true, true, true, false, true, false]);
  });

  it('are told to be full to who waits too long, and forget who gives up', async () => {
    const pool = createPartPool({ maxParts: 1, waitMs: 1 });
    const parts = pool.open('acme');
    await parts.reserve(signal);
    await expect(parts.reserve(signal)).rejects.toMatchObject({ code: 'overloaded' });
    const leaving = new AbortController();
    const left = parts.reserve(leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    parts.drop();
    expect(pool.state()).toEqual({ inUse: 0, waiting: 0, max: 1 });
  });
});

const servers = inject('s3Servers').filter(({ faithful }) => faithful);

describe.for(servers)('many uploads to $name within a small budget', (server) => {
  let connection: S3Connection;
  beforeAll(async () => {
    const { endpoint, accessKeyId, secretAccessKey } = server;
    const credentials = { accessKeyId, secretAccessKey };
    const options = { endpoint, credentials, region: 'us-east-1', forcePathStyle: true, idleTimeoutMs: 60_000 };
    connection = await createS3Connection({ bucket: `test-${randomUUID()}`, ...options });
    await connection.client.createBucket({ Bucket: connection.bucket });
  });
  afterAll(() => closeConnection(connection));

  const stage = (bytes: ByteStream, pool: PartPool, accountId = 'acme') => {
    const key = createStorageKey();
    return stageInS3(bytes, { connection, pool, accountId, key, signal }).then((staged) => ({ key, staged }));
  };
  const digestAt = async (key: string) => digestOf(await readFromS3(connection, { key, range: null, signal }));

  it('all end, with no more parts in memory than it has, and give all of them back', async () => {
    const pool = createPartPool({ maxParts: 4 });
    let most = 0;
    async function* watched(seed: number): ByteStream {
      for await (const piece of patternOf(11 * MIB, seed)) {
        most = Math.max(most, pool.state().inUse);
        yield piece;
      }
    }
    const uploads = Array.from({ length: 16 }, async (_, seed) => {
      const { key, staged } = await stage(watched(seed), pool);
      await staged.commit({ signal });
      return key;
    });
    const keys = await Promise.all(uploads);
    expect([most, pool.state().inUse]).toEqual([3, 0]);
    for (const seed of [0, 15])
      expect(await digestAt(keys[seed] ?? '')).toEqual(await digestOf(patternOf(11 * MIB, seed)));
  });

  it('end as well when all of them wait for their commit, and those that are discarded give theirs back', async () => {
    const pool = createPartPool({ maxParts: 4 });
    const sizes = [2 * MIB, 3 * MIB, 5 * MIB, 2 * MIB, 3 * MIB, 5 * MIB, MIB, 300_000, 0];
    const staged: Awaited<ReturnType<typeof stage>>[] = [];
    // One request's files: none is committed before the last has arrived.
    for (const size of sizes) staged.push(await stage(patternOf(size), pool));
    expect(pool.state().inUse).toBe(1);
    await staged.shift()?.staged.discard();
    expect(pool.state().inUse).toBe(0);
    for (const [at, { key, staged: blob }] of staged.entries()) {
      await blob.commit({ signal });
      expect(await digestAt(key)).toEqual(await digestOf(patternOf(sizes[at + 1] ?? 0)));
    }
    expect(pool.state().inUse).toBe(0);
  });

  it('of another account end while one account holds all that it may have', async () => {
    const pool = createPartPool({ maxParts: 4 });
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    async function* holding(): ByteStream {
      yield* patternOf(MIB);
      await held;
      yield* patternOf(7 * MIB);
    }
    const stuck = Array.from({ length: 6 }, () => stage(holding(), pool, 'busy'));
    await expect.poll(pool.state).toEqual({ inUse: 3, waiting: 3, max: 4 });
    const { key, staged } = await stage(patternOf(11 * MIB), pool, 'other');
    await staged.commit({ signal });
    expect(await digestAt(key)).toEqual(await digestOf(patternOf(11 * MIB)));

    release();
    for (const upload of await Promise.all(stuck)) await upload.staged.discard();
    expect(pool.state().inUse).toBe(0);
  });

  it('are told that the store is full when no connection becomes free in time, and leave nothing', async () => {
    const { endpoint, accessKeyId, secretAccessKey } = server;
    const where = { bucket: connection.bucket, endpoint, region: 'us-east-1', forcePathStyle: true };
    const callShares = { max: 2, maxPerAccount: 1, waitMs: 1, maxWaitingPerAccount: 10, full: 'too many' };
    const narrow = await createS3Connection({ ...where, credentials: { accessKeyId, secretAccessKey }, callShares });
    const pool = createPartPool({ maxParts: 4 });
    const stageIn = (sizeBytes: number, accountId: string, key: string) =>
      stageInS3(patternOf(sizeBytes), { connection: narrow, pool, accountId, key, signal });
    try {
      const leave = await narrow.calls.enter('busy', { signal });
      const keys = [createStorageKey(), createStorageKey()];
      for (const [at, key] of keys.entries()) {
        const staged = await stageIn(at === 0 ? 1_000 : 2 * MIB, 'busy', key);
        await expect(staged.commit({ signal })).rejects.toMatchObject({ code: 'overloaded' });
        expect(await isInS3(narrow, { key, accountId: 'other', sizeBytes: 1_000, signal })).toBe(false);
      }
      await expect(stageIn(6 * MIB, 'busy', createStorageKey())).rejects.toMatchObject({ code: 'overloaded' });
      await expect(isInS3(narrow, { key: 'a', accountId: 'busy', sizeBytes: 1, signal })).rejects.toMatchObject({
        code: 'overloaded',
      });
      expect(pool.state().inUse).toBe(0);

      const other = createStorageKey();
      await (await stageIn(1_000, 'other', other)).commit({ signal });
      leave();
      expect(await isInS3(narrow, { key: other, accountId: 'busy', sizeBytes: 1_000, signal })).toBe(true);
    } finally {
      closeConnection(narrow);
    }
  });

  it('that fail give back what they held', async () => {
    const pool = createPartPool({ maxParts: 2 });
    async function* broken(): ByteStream {
      yield* patternOf(7 * MIB);
      throw new Error('the sender left');
    }
    for (let turn = 0; turn < 3; turn += 1) await expect(stage(broken(), pool)).rejects.toThrow('the sender left');
    expect(pool.state().inUse).toBe(0);
  });
});
