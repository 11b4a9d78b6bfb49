import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { createPostgresOptions } from '../../src/persistence/postgres-database.ts';
import { openRepository } from '../../src/persistence/repository.ts';
import { createDatabase } from '../servers/postgres.ts';

describe('migrations', () => {
  it('leave one whole schema when 4 gateways start at once on an empty database', async () => {
    await using database = await createDatabase(inject('postgresUrl'));
    const { url } = database;
    const starting = Array.from({ length: 4 }, () => openRepository({ database: { kind: 'postgres', url } }));
    const repositories = await Promise.all(starting);
    await Promise.all(repositories.map((repository) => repository.check({ signal: new AbortController().signal })));
    await Promise.all(repositories.map((repository) => repository.close()));

    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const applied = await client.query('select name from mikro_orm_migrations');
    await client.end();
    expect(new Set(applied.rows.map(({ name }) => name)).size).toBe(applied.rowCount);
    expect(applied.rowCount).toBeGreaterThan(0);
  });

  it('make exactly the schema that the entities describe, and their snapshot says the same', async () => {
    await using database = await createDatabase(inject('postgresUrl'));
    const repository = await openRepository({ database: { kind: 'postgres', url: database.url } });
    await repository.close();

    const orm = await MikroORM.init(createPostgresOptions(database.url));
    try {
      expect(await orm.migrator.getPending()).toEqual([]);
      expect(await orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
      expect(await orm.migrator.checkSchema()).toBe(false);
    } finally {
      await orm.close(true);
    }
  });
});
