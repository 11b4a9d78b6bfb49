import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { openRepository } from '../../../src/persistence/repository.ts';
import { createContent, createRecord } from '../../support/persistence/records.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

test('starts on a database that a newer version has migrated further, which docs/upgrades.md counts on', async () => {
  await using server = await createDatabase(inject('postgresUrl'));
  const database = { kind: 'postgres', url: server.url } as const;
  await (await openRepository({ database })).close();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`insert into mikro_orm_migrations (name) values ('29990101000000-of-a-newer-version')`);
  await client.query(`alter table resources add column of_a_newer_version text`);
  await client.end();

  const repository = await openRepository({ database });
  try {
    const record = createRecord();
    expect(await repository.insert(record, createContent())).toMatchObject({ kind: 'created' });
    expect(await repository.findById(record, { signal: new AbortController().signal })).toMatchObject({
      id: record.id,
    });
  } finally {
    await repository.close();
  }
});
