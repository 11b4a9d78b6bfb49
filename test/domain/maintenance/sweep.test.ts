import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { SweepFind } from '../../../src/domain/maintenance/sweep.ts';
import { type Fixture, listKeys, openFixture } from '../../support/domain/sweep-fixture.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const DAY_MS = 86_400_000;
const cleanup = { stack: new AsyncDisposableStack() };
let it: Fixture;
let sql: pg.Client;

beforeEach(async () => {
  cleanup.stack = new AsyncDisposableStack();
  const { url } = cleanup.stack.use(await createDatabase(inject('postgresUrl')));
  it = cleanup.stack.use(await openFixture(url));
  sql = new pg.Client({ connectionString: url });
  await sql.connect();
  cleanup.stack.defer(() => sql.end());
});
afterEach(() => cleanup.stack.disposeAsync());

const deleteResource = (id: string) => sql.query('delete from resources where id = $1', [id]);
const countBlobs = async () => (await sql.query('select count(*)::int as count from blobs')).rows[0].count;

describe('a blob that no resource refers to', () => {
  test('goes with its bytes, in the store or in its row; its neighbours stay', async () => {
    const kept = await it.store();
    const keptInline = await it.store('kept', { inline: true });
    const [gone, goneInline] = [await it.store('gone'), await it.store('gone inline', { inline: true })];
    for (const { id } of [gone, goneInline]) await deleteResource(id);

    const finds: SweepFind[] = [];
    const report = await it.sweep({ onFind: (find) => finds.push(find) });
    expect(report).toMatchObject({ blobs: { count: 2, sizeBytes: 15 }, objects: { count: 0 }, stagings: 0 });
    expect(finds.map(({ key }) => key).sort()).toEqual([gone.key, goneInline.key].sort());
    expect(await listKeys(it.blobs)).toEqual([kept.key]);
    expect(await countBlobs()).toBe(2);
    expect(keptInline.bucket).toBe('database');
    expect(await it.verify()).toEqual([]);
  });

  test('stays while another resource refers to it', async () => {
    const [first, second] = [await it.store('shared'), await it.store('shared')];
    await deleteResource(first.id);
    expect(await it.sweep()).toMatchObject({ blobs: { count: 0 } });
    expect(await it.repository.findById({ accountId: 'acme', id: second.id }, new AbortController())).toMatchObject({
      storageKey: first.key,
    });
  });

  test('stays within the grace period', async () => {
    const { id } = await it.store();
    await deleteResource(id);
    expect(await it.sweep({ graceMs: DAY_MS })).toMatchObject({ blobs: { count: 0 } });
    expect(await countBlobs()).toBe(1);
  });

  test('stays when its bytes lie in a store that is not the present one', async () => {
    const { id } = await it.store();
    await sql.query(`update blobs set storage_bucket = 'old'`);
    await deleteResource(id);
    expect(await it.sweep()).toMatchObject({ blobs: { count: 0 } });
    expect(await countBlobs()).toBe(1);
  });

  test('is found beyond the first page', async () => {
    await sql.query(`insert into blobs (id, account_id, sha256, size_bytes, storage_bucket, storage_key, content, created_at)
      select gen_random_uuid(), 'acme', n::text, 1, 'database', n::text, 'x', now() from generate_series(1, 2500) as n`);
    const kept = await it.store();
    expect(await it.sweep()).toMatchObject({ blobs: { count: 2500, sizeBytes: 2500 } });
    expect(await listKeys(it.blobs)).toEqual([kept.key]);
  });
});

describe('an object that no row names', () => {
  test('goes; foreign ones stay, whatever their age', async () => {
    const kept = await it.store();
    await it.putObject();
    await mkdir(join(it.directory, 'ab'), { recursive: true });
    await writeFile(join(it.directory, 'ab/report.pdf'), 'of somebody else');
    // A uuid like ours below a folder that does not fit it.
    await writeFile(join(it.directory, 'ab/0193572a-0000-7000-8000-000000000000'), 'of somebody else');
    expect(await it.sweep()).toMatchObject({ objects: { count: 1, sizeBytes: 36 } });
    const left = [kept.key, 'ab/report.pdf', 'ab/0193572a-0000-7000-8000-000000000000'];
    expect(await listKeys(it.blobs)).toEqual(left.sort());
  });

  test('stays within the grace period, as a create has not told the database yet', async () => {
    const key = await it.putObject();
    expect(await it.sweep({ graceMs: DAY_MS })).toMatchObject({ objects: { count: 0 } });
    expect(await listKeys(it.blobs)).toEqual([key]);
  });

  test('stays, unasked, with 16 others in a store that the database knows little of', async () => {
    await it.store();
    for (let count = 1; count <= 17; count += 1) await it.putObject();
    expect(await it.sweep({ trusting: false })).toMatchObject({ objects: { count: 0 }, distrusted: true });
    expect(await listKeys(it.blobs)).toHaveLength(18);
    expect(await it.sweep({ trusting: true })).toMatchObject({ objects: { count: 17 }, distrusted: false });
    expect(await listKeys(it.blobs)).toHaveLength(1);
  });
});

test('an upload that never ended goes, and is only counted by a dry run', async () => {
  const staged = join(it.directory, '.staging/left-by-a-crash');
  await writeFile(staged, 'half of it');
  expect(await it.sweep({ dryRun: true })).toMatchObject({ stagings: 1 });
  expect(await it.sweep()).toMatchObject({ stagings: 1 });
  expect(await it.sweep()).toMatchObject({ stagings: 0 });
});

test('a dry run tells the same finds and removes nothing', async () => {
  const { id } = await it.store();
  await it.putObject();
  await deleteResource(id);
  const before = await listKeys(it.blobs);
  const found: string[] = [];
  const report = await it.sweep({ dryRun: true, onFind: ({ kind }) => found.push(kind) });
  expect(found).toEqual(['blob', 'object']);
  expect([await listKeys(it.blobs), await countBlobs()]).toEqual([before, 1]);
  expect(await it.sweep()).toEqual(report);
});

test('what a sweep that died between row and object has left goes with the next one', async () => {
  const { id } = await it.store();
  await deleteResource(id);
  await sql.query('delete from blobs');
  expect(await it.sweep()).toMatchObject({ blobs: { count: 0 }, objects: { count: 1 } });
});

test('an aborted sweep ends with the reason', async () => {
  await expect(it.sweep({ signal: AbortSignal.abort(new Error('closing')) })).rejects.toThrow('closing');
});
