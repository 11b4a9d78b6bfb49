import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { openRepository } from '../../src/persistence/repository.ts';
import { createContent, createRecord } from '../support/persistence/records.ts';
import { createDatabase } from '../support/servers/postgres.ts';

const { signal } = new AbortController();
/** More than the pool has connections. */
const STUCK = 12;

test('statements of one account that do not end leave another account connections, and readiness its own', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  const repository = await openRepository({
    database: { kind: 'postgres', url: database.url },
    lockTimeoutMs: 60_000,
  });
  const blocker = new pg.Client({ connectionString: database.url });
  await blocker.connect();
  try {
    const record = createRecord({ accountId: 'greedy' });
    await repository.insert(record, createContent());
    await blocker.query('begin');
    await blocker.query('select from resources where id = $1 for update', [record.id]);
    const change = { tags: ['changed'] };
    const stuck = Array.from({ length: STUCK }, () =>
      repository.update({ ...record, expected: null }, { change, changedAt: new Date(), signal }),
    );
    const other = { accountId: 'other', id: record.id };
    expect(await repository.findById(other, { signal })).toBe(null);
    await repository.check({ signal });
    await blocker.query('rollback');
    for (const update of stuck) expect((await update).kind).toBe('updated');
  } finally {
    await blocker.end();
    await repository.close();
  }
});
