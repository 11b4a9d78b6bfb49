import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { openRepository } from '../../src/persistence/repository.ts';
import { createContent, createRecord } from '../support/persistence/records.ts';
import { createDatabase } from '../support/servers/postgres.ts';

const { signal } = new AbortController();

test('what waits for a locked table is refused as overloaded, keeps its connection, and passes afterwards', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  const location = { kind: 'postgres', url: database.url } as const;
  const repository = await openRepository({ database: location, lockTimeoutMs: 50 });
  const blocker = new pg.Client({ connectionString: database.url });
  await blocker.connect();
  try {
    const record = createRecord();
    await repository.insert(record, createContent());
    const open = repository.poolState()?.open;
    await blocker.query('begin; lock table resources in access exclusive mode');
    const change = { change: { tags: ['changed'] }, changedAt: new Date(), signal };
    const move = { to: '/moved', changedAt: new Date(), maxPathBytes: 1_000, signal };
    const calls = [
      () => repository.insert(createRecord(), createContent()),
      () => repository.findById(record, { signal }),
      () => repository.update({ ...record, expected: null }, change),
      () => repository.moveDirectory(record, move),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'overloaded' });
    expect(repository.poolState()?.open).toBe(open);
    await blocker.query('rollback');
    await repository.insert(createRecord(), createContent());
    expect((await repository.update({ ...record, expected: null }, change)).kind).toBe('updated');
  } finally {
    await blocker.end();
    await repository.close();
  }
});
