import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createId } from '../../src/domain/fields/ids.ts';
import type { ResourceRepository } from '../../src/domain/records.ts';
import { openRepository } from '../../src/persistence/repository.ts';
import { createContent, createRecord } from '../support/persistence/records.ts';
import { createDatabase } from '../support/servers/postgres.ts';

describe('an insert that meets another transaction', () => {
  const cleanup = new AsyncDisposableStack();
  let repository: ResourceRepository;
  let other: pg.Client;
  let watcher: pg.Client;

  beforeAll(async () => {
    const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
    repository = cleanup.adopt(await openRepository({ database: { kind: 'postgres', url } }), (it) => it.close());
    [other, watcher] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
    for (const client of [other, watcher]) {
      await client.connect();
      cleanup.defer(() => client.end());
    }
  });
  afterAll(() => cleanup.disposeAsync());

  const insertBlob = (blob: { id: string; sha256: string; key: string }) =>
    other.query(
      `insert into blobs (id, account_id, sha256, size_bytes, storage_bucket, storage_key, created_at)
       values ($1, 'acme', $2, 1, 'theirs', $3, now())`,
      [blob.id, blob.sha256, blob.key],
    );

  /** Asks until the repository's statement waits for the other transaction: only then has it taken its snapshot. */
  async function untilBlocked(): Promise<void> {
    const waiting = `select 1 from pg_stat_activity where datname = current_database()
      and wait_event_type = 'Lock' and application_name = 'resource-gateway'`;
    while ((await watcher.query(waiting)).rowCount === 0);
  }

  it('refers to the blob that the other one registered after its snapshot was taken', async () => {
    const content = createContent();
    await other.query('begin');
    await insertBlob({ id: createId(), sha256: content.sha256, key: 'first' });
    const outcome = repository.insert(createRecord(), content);
    await untilBlocked();
    await other.query('commit');
    expect(await outcome).toEqual({ kind: 'created', location: { bucket: 'theirs', key: 'first' } });
  });

  it('registers its own blob when a sweep removes the known one meanwhile', async () => {
    const content = createContent();
    const id = createId();
    await insertBlob({ id, sha256: content.sha256, key: 'swept' });
    await other.query('begin');
    await other.query('delete from blobs where id = $1', [id]);
    const outcome = repository.insert(createRecord(), content);
    await untilBlocked();
    await other.query('commit');
    expect(await outcome).toEqual({ kind: 'created', location: content.offered.location });
  });

  it('says that the blob is unknown when a sweep removes it and none was offered', async () => {
    const content = createContent();
    const id = createId();
    await insertBlob({ id, sha256: content.sha256, key: 'swept' });
    await other.query('begin');
    await other.query('delete from blobs where id = $1', [id]);
    const outcome = repository.insert(createRecord(), { ...content, offered: null });
    await untilBlocked();
    await other.query('commit');
    expect(await outcome).toEqual({ kind: 'blob_unknown' });
  });

  const insertNamed = async (name: string) => {
    const blobId = createId();
    await insertBlob({ id: blobId, sha256: createContent().sha256, key: 'k' });
    const id = createId();
    await other.query(
      `insert into resources (id, account_id, directory_path, name, mime_type, size_bytes, blob_id, created_at, updated_at)
       values ($1, 'acme', '/docs', $2, 'text/plain', 1, $3, now(), now())`,
      [id, name, blobId],
    );
    return id;
  };

  it('names the record that took the name after its snapshot was taken', async () => {
    const record = createRecord();
    await other.query('begin');
    const existingId = await insertNamed(record.name);
    const outcome = repository.insert(record, createContent());
    await untilBlocked();
    await other.query('commit');
    expect(await outcome).toEqual({ kind: 'conflict', existingId });
  });

  it('takes the name when the other one gives it up', async () => {
    const record = createRecord();
    const content = createContent();
    await other.query('begin');
    await insertNamed(record.name);
    const outcome = repository.insert(record, content);
    await untilBlocked();
    await other.query('rollback');
    expect(await outcome).toEqual({ kind: 'created', location: content.offered.location });
  });

  it('keeps its blob from being deleted, and its tags go when it goes', async () => {
    const record = createRecord({ tags: ['a', 'b'] });
    const content = createContent();
    await repository.insert(record, content);
    const deleting = other.query('delete from blobs where sha256 = $1', [content.sha256]);
    await expect(deleting).rejects.toMatchObject({ code: '23001' });
    await other.query('delete from resources where id = $1', [record.id]);
    const tags = await other.query('select 1 from resource_tags where resource_id = $1', [record.id]);
    expect(tags.rowCount).toBe(0);
    expect((await other.query('delete from blobs where sha256 = $1', [content.sha256])).rowCount).toBe(1);
  });

  it('keeps every row of 2,000 that two gateways insert together, with one blob row for each of 100 contents', async () => {
    await using second = await openSecond();
    const texts = Array.from({ length: 100 }, (_, index) => `shared ${index}`);
    const outcomes = await Promise.all(
      Array.from({ length: 2_000 }, (_, index) => {
        const gateway = index % 2 === 0 ? repository : second.repository;
        const record = createRecord({ accountId: 'busy', name: `${index % 1_000}`, tags: ['x'] });
        return gateway.insert(record, createContent(texts[(index * 7) % 100]));
      }),
    );
    expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1_000);
    expect(outcomes.filter(({ kind }) => kind === 'conflict')).toHaveLength(1_000);
    const count = async (sql: string) => (await watcher.query(sql)).rows[0].count;
    expect(await count(`select count(*)::int from resources where account_id = 'busy'`)).toBe(1_000);
    expect(await count(`select count(*)::int from blobs where account_id = 'busy'`)).toBe(100);
  });

  async function openSecond() {
    const url = `postgres://${other.user}:${other.password}@${other.host}:${other.port}/${other.database}`;
    const opened = await openRepository({ database: { kind: 'postgres', url } });
    return { repository: opened, [Symbol.asyncDispose]: () => opened.close() };
  }
});
