import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { createPostgresOptions } from '../../../src/persistence/database/migrate.ts';
import { listMigrationNames } from '../../../src/persistence/migrations/names.ts';
import { openRepository } from '../../../src/persistence/repository.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const ID = '00000000-0000-7000-8000-00000000000';
const resource = (digit: number, metadata: string) =>
  `insert into resources (id, account_id, directory_path, name, mime_type, size_bytes, blob_id, metadata, created_at, updated_at)
   values ('${ID}${digit}', 'acme', '/', '${digit}', 'text/plain', 1, '${ID}0', ${metadata}, '2026-01-01T00:00:00.001Z', now())`;

/** Two whose metadata says the same, and one without any. */
const STANDING = [
  `insert into blobs (id, account_id, sha256, size_bytes, storage_bucket, storage_key, created_at)
   values ('${ID}0', 'acme', 'x', 1, 'local', 'x', now())`,
  resource(1, `'{"n": 100, "o": {"a": ["x"]}}'`),
  resource(2, `'{"o":{"a":["\\u0078"]},"n":1.00e2}'`),
  resource(3, 'null'),
  `insert into resource_tags (resource_id, position, tag) values ('${ID}1', 0, 'a')`,
];

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
    const applied = await client.query('select name from mikro_orm_migrations order by id');
    await client.end();
    // Also that each file is named as its migration, by which a start knows that none is due.
    expect(applied.rows.map(({ name }) => name)).toEqual(listMigrationNames());
  });

  it('carry over what stands: tags get their account and time, metadata its bits, whatever spells it', async () => {
    await using database = await createDatabase(inject('postgresUrl'));
    const orm = await MikroORM.init({ ...createPostgresOptions(database.url), logger: () => {} });
    try {
      await orm.migrator.up({ to: 'Migration20261124090000' });
      const connection = orm.em.getConnection();
      for (const statement of STANDING) await connection.execute(statement);
      await orm.migrator.up();
      const tags = `select tag, account_id, created_at = '2026-01-01T00:00:00.001Z' as is_same from resource_tags`;
      expect(await connection.execute(tags)).toEqual([{ tag: 'a', account_id: 'acme', is_same: true }]);
      const bits = `select count(distinct metadata_bits)::int as count, count(metadata_bits)::int as known from resources`;
      expect(await connection.execute(bits)).toEqual([{ count: 1, known: 2 }]);
      const joined = `select count(*)::int as count from resources join blobs using (account_id)
        left join resource_tags on resource_tags.account_id = resources.account_id and resource_id = resources.id
        where blobs.id = blob_id`;
      expect(await connection.execute(joined)).toEqual([{ count: 3 }]);
    } finally {
      await orm.close(true);
    }
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
