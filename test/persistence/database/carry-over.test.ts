import { mkdir, mkdtempDisposable, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openPglite } from '../../../src/persistence/database/embedded/carry-over.ts';
import { createPostgresOptions } from '../../../src/persistence/database/migrate.ts';
import { openRepository } from '../../../src/persistence/repository.ts';
import { BRINGING_MS, runTool } from '../../support/tool.ts';

/** The last migration of a version that embedded PGlite; later ones are due when it is carried over. */
const LAST = 'Migration20261124090000';
const ID = '0193572a-0000-7000-8000-00000000000';
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const METADATA = `{"z": 1.50, "a": [null, "\\u00fc ' \\\\ \\" \\n"], "2": {}}`;
const RESOURCE_IDS = Array.from({ length: 70 }, (_, index) => `${ID.slice(0, -2)}${String(index + 100)}`);
const call = { signal: new AbortController().signal };

/** What the migrations do, for a database that MikroORM does not know. */
async function listSchema(): Promise<string[]> {
  const orm = await MikroORM.init(createPostgresOptions(inject('postgresUrl')));
  const queries: string[] = [];
  try {
    for (const Migration of createPostgresOptions('').migrations.migrationsList) {
      const migration = new Migration(orm.em.getDriver(), orm.config);
      await migration.up();
      queries.push(...migration.getQueries().map(String));
      queries.push(`insert into mikro_orm_migrations (name) values ('${Migration.name}')`);
      if (Migration.name === LAST) break;
    }
  } finally {
    await orm.close(true);
  }
  return queries;
}

/** Such a database with what a former version would have kept in it. */
async function fillPglite(directory: string): Promise<void> {
  const client = await openPglite(directory);
  await client.exec('create table mikro_orm_migrations (id serial primary key, name varchar, executed_at timestamptz)');
  for (const query of await listSchema()) await client.exec(query);
  const time = '2026-01-02T03:04:05.678Z';
  await client.query(
    `insert into blobs (id, account_id, sha256, size_bytes, storage_bucket, storage_key, content, created_at)
     values ($1, 'acme', $2, 256, 'database', 'k', $3, $4)`,
    [`${ID}1`, 'a'.repeat(64), BYTES, time],
  );
  for (const [index, id] of RESOURCE_IDS.entries()) {
    await client.query(
      `insert into resources (id, account_id, directory_path, name, mime_type, size_bytes, blob_id, metadata, created_by, created_at, updated_at)
       values ($1, 'acme', '/ünï, {"x"}', $2, 'text/plain', 256, $3, $4, null, $5, $5)`,
      [id, `name ${index} "'\\`, `${ID}1`, METADATA, time],
    );
    await client.query(`insert into resource_tags (resource_id, position, tag) values ($1, 0, 'b'), ($1, 1, 'a,{}')`, [
      id,
    ]);
  }
  await client.close();
}

describe('a database that PGlite has made', () => {
  const cleanup = new AsyncDisposableStack();
  let parent: string;
  let directory: string;

  beforeAll(async () => {
    await runTool('tools/pglite');
    const folder = cleanup.use(await mkdtempDisposable(join(tmpdir(), 'gateway-pglite-')));
    parent = folder.path;
    directory = join(parent, 'postgres');
    await fillPglite(directory);
  }, 120_000 + BRINGING_MS);
  afterAll(() => cleanup.disposeAsync());

  const readAll = async () => {
    const steps: string[] = [];
    const database = { kind: 'embedded', directory, url: null } as const;
    const repository = await openRepository({ database, onStep: (step) => steps.push(step) });
    try {
      const found = await Promise.all(RESOURCE_IDS.map((id) => repository.findById({ accountId: 'acme', id }, call)));
      const content = await repository.findContent({ accountId: 'acme', id: RESOURCE_IDS[0] as string }, call);
      return { found, content, steps: steps.join('\n') };
    } finally {
      await repository.close();
    }
  };

  it('is carried over at the first start, whole, and brought up to date; its files are kept', async () => {
    const { found, content, steps } = await readAll();
    expect(steps).toContain(`carrying the database in ${directory} over from PGlite`);
    expect(found.map((resource) => resource?.id)).toEqual(RESOURCE_IDS);
    expect(found[69]).toMatchObject({
      directoryPath: '/ünï, {"x"}',
      name: `name 69 "'\\`,
      tags: ['b', 'a,{}'],
      metadata: JSON.parse(METADATA),
      createdBy: null,
      sizeBytes: 256,
      createdAt: new Date('2026-01-02T03:04:05.678Z'),
    });
    expect(content).toMatchObject({ inline: BYTES });
    expect((await readdir(parent)).sort()).toEqual(['postgres', 'postgres.lock', 'postgres.pglite']);
  });

  it('is not carried over again', async () => {
    const { found, steps } = await readAll();
    expect(steps).not.toContain('PGlite');
    expect(found).not.toContain(null);
  });

  it('is carried over once more when a crash kept the new one from taking its place', async () => {
    await rename(directory, `${directory}.unfinished`);
    await mkdir(`${directory}.unfinished/left-over`);
    const { found, steps } = await readAll();
    expect(steps).toContain('over from PGlite');
    expect(found).not.toContain(null);
  });

  it('is left as it is when it cannot be carried over', async () => {
    await rm(directory, { recursive: true });
    await rename(`${directory}.pglite`, directory);
    const client = await openPglite(directory);
    await client.exec(`insert into mikro_orm_migrations (name) values ('Migration99990101000000')`);
    await client.close();
    await expect(readAll()).rejects.toThrow('a newer version has changed this database by Migration99990101000000');
    expect((await readdir(parent)).sort()).toEqual(['postgres', 'postgres.lock', 'postgres.unfinished']);
    await expect(readAll()).rejects.toThrow('a newer version');
  });
});
