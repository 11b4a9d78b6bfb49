import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createStorageKey } from '../../../src/domain/fields/ids.ts';
import type { ByteStream } from '../../../src/domain/flow/stream.ts';
import { createS3Connection, type S3Connection } from '../../../src/storage/s3/client.ts';
import { createPartBudget } from '../../../src/storage/s3/part-budget.ts';
import { createPartPool, type PartPool } from '../../../src/storage/s3/parts.ts';
import { readFromS3 } from '../../../src/storage/s3/reading.ts';
import { stageInS3 } from '../../../src/storage/s3/staging.ts';
import { digestOf, patternOf } from '../../support/storage/bytes.ts';

const MIB = 1024 * 1024;
const { signal } = new AbortController();

describe('the budget of parts', () => {
  it('hands a part that is given back to who has waited longest', async () => {
    const budget = createPartBudget({ maxParts: 1, waitMs: 60_000 });
    await budget.take(signal);
    const order: string[] = [];
    const waiting = ['first', 'second'].map((who) => budget.take(signal).then(() => order.push(who)));
    budget.giveBack();
    budget.giveBack();
    await Promise.all(waiting);
    expect([order, budget.heldParts()]).toEqual([['first', 'second'], 1]);
    budget.giveBack();
    expect(budget.heldParts()).toBe(0);
  });

  it('says that it is full to who waits too long, and forgets who gives up', async () => {
    const budget = createPartBudget({ maxParts: 1, waitMs: 1 });
    await budget.take(signal);
    await expect(budget.take(signal)).rejects.toMatchObject({ code: 'overloaded' });
    const leaving = new AbortController();
    const left = budget.take(leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    budget.giveBack();
    expect(budget.heldParts()).toBe(0);
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
  afterAll(() => {
    for (const client of [connection.client, connection.reader, connection.prober]) client.destroy();
  });

  const stage = (bytes: ByteStream, pool: PartPool) => {
    const key = createStorageKey();
    return stageInS3(bytes, { connection, pool, key, signal }).then((staged) => ({ key, staged }));
  };
  const digestAt = async (key: string) => digestOf(await readFromS3(connection, { key, range: null, signal }));

  it('all end, with no more parts in memory than it has, and give all of them back', async () => {
    const pool = createPartPool({ maxParts: 4 });
    let most = 0;
    async function* watched(seed: number): ByteStream {
      for await (const piece of patternOf(11 * MIB, seed)) {
        most = Math.max(most, pool.heldParts());
        yield piece;
      }
    }
    const uploads = Array.from({ length: 16 }, async (_, seed) => {
      const { key, staged } = await stage(watched(seed), pool);
      await staged.commit({ signal });
      return key;
    });
    const keys = await Promise.all(uploads);
    expect([most, pool.heldParts()]).toEqual([4, 0]);
    for (const seed of [0, 15])
      expect(await digestAt(keys[seed] ?? '')).toEqual(await digestOf(patternOf(11 * MIB, seed)));
  });

  it('end as well when all of them wait for their commit, and those that are discarded give theirs back', async () => {
    const pool = createPartPool({ maxParts: 4 });
    const sizes = [2 * MIB, 3 * MIB, 5 * MIB, 2 * MIB, 3 * MIB, 5 * MIB, MIB, 300_000, 0];
    const staged: Awaited<ReturnType<typeof stage>>[] = [];
    // One request's files: none is committed before the last has arrived.
    for (const size of sizes) staged.push(await stage(patternOf(size), pool));
    expect(pool.heldParts()).toBe(2);
    await staged.shift()?.staged.discard();
    expect(pool.heldParts()).toBe(1);
    for (const [at, { key, staged: blob }] of staged.entries()) {
      await blob.commit({ signal });
      expect(await digestAt(key)).toEqual(await digestOf(patternOf(sizes[at + 1] ?? 0)));
    }
    expect(pool.heldParts()).toBe(0);
  });

  it('that fail give back what they held', async () => {
    const pool = createPartPool({ maxParts: 2 });
    async function* broken(): ByteStream {
      yield* patternOf(7 * MIB);
      throw new Error('the sender left');
    }
    for (let turn = 0; turn < 3; turn += 1) await expect(stage(broken(), pool)).rejects.toThrow('the sender left');
    expect(pool.heldParts()).toBe(0);
  });
});
