import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { openRepository } from '../../../src/persistence/repository.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const call = { signal: new AbortController().signal };
const policy = { points: 100, windowSeconds: 3_600 };

test('leases of one window never come to more than its points, and the next begins when it has ended', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  await using cleanup = new AsyncDisposableStack();
  const open = async () =>
    cleanup.adopt(await openRepository({ database: { kind: 'postgres', url: database.url } }), (one) => one.close());
  const repositories = [await open(), await open()];
  const lease = (index: number, wanted: number) =>
    (repositories[index % 2] ?? repositories[0])?.leasePoints({ accountId: 'acme', wanted, ...policy }, call);

  const leases = await Promise.all(Array.from({ length: 60 }, (_, index) => lease(index, 3)));
  expect(leases.reduce((sum, one) => sum + (one?.granted ?? 0), 0)).toBe(100);
  expect(new Set(leases.map((one) => one?.windowEnd)).size).toBe(1);
  expect(await lease(0, 1)).toMatchObject({ granted: 0, remaining: 0 });

  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  cleanup.defer(() => client.end());
  await client.query(`update rate_windows set ends_at = now()`);
  const next = await lease(1, 30);
  expect(next).toMatchObject({ granted: 30, remaining: 70 });
  expect(next?.windowEnd).not.toBe(leases[0]?.windowEnd);
  // Another account has a window of its own.
  const other = await repositories[0]?.leasePoints({ accountId: 'other', wanted: 30, ...policy }, call);
  expect(other).toMatchObject({ granted: 30, remaining: 70 });
});
