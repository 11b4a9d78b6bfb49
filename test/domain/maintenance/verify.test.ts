import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { Finding } from '../../../src/domain/maintenance/verify.ts';
import { type Fixture, openFixture } from '../../support/domain/sweep-fixture.ts';
import { createRecord } from '../../support/persistence/records.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

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

/** Blobs are read side by side, so findings come in no order. */
const inOrderOf = (keys: readonly string[], findings: readonly Finding[]) =>
  findings.toSorted((a, b) => keys.indexOf(a.key) - keys.indexOf(b.key));

const pathOf = (key: string) => join(it.directory, key);

test('finds nothing in 450 blobs that are whole, which is more than two pages', async () => {
  for (let count = 1; count <= 450; count += 1) await it.store(undefined, { inline: count % 3 > 0 });
  expect(await it.verify()).toEqual([]);
});

test('names each blob that is not what its row says, and what it found instead', async () => {
  const [longer, gone, changed] = [
    await it.store('longer'),
    await it.store('gone'),
    await it.store('inline', { inline: true }),
  ];
  await it.store('whole');
  await writeFile(pathOf(longer.key), 'longer!');
  await rm(pathOf(gone.key));
  await sql.query(`update blobs set content = 'outside' where storage_key = $1`, [changed.key]);
  expect(inOrderOf([longer.key, gone.key, changed.key], await it.verify())).toMatchObject([
    { kind: 'corrupt', key: longer.key, reason: expect.stringMatching(/^found 7 bytes .* instead of 6 bytes/) },
    { kind: 'missing', key: gone.key, reason: expect.stringMatching(/^it cannot be opened: ENOENT/) },
    { kind: 'corrupt', key: changed.key, reason: expect.stringMatching(/^found 7 bytes .* instead of 6 bytes/) },
  ]);
});

test('names a blob of another store, and one whose row lost its bytes', async () => {
  const [elsewhere, emptied] = [await it.store(), await it.store('inline', { inline: true })];
  await sql.query(`update blobs set storage_bucket = 'old' where storage_key = $1`, [elsewhere.key]);
  await sql.query(`update blobs set content = null where storage_key = $1`, [emptied.key]);
  expect(inOrderOf([elsewhere.key, emptied.key], await it.verify())).toMatchObject([
    { kind: 'elsewhere', key: elsewhere.key },
    { kind: 'missing', key: emptied.key },
  ]);
});

test('names an object that no row names; a foreign one only where everything should be ours', async () => {
  const key = await it.putObject();
  await writeFile(pathOf('foreign'), 'of somebody else');
  expect(await it.verify({ exclusive: false })).toMatchObject([{ kind: 'unswept', key }]);
  expect(await it.verify({ exclusive: true })).toHaveLength(2);
});

test('names a resource whose blob has no row, should a foreign key ever have been lost', async () => {
  const { id, key } = await it.store();
  await sql.query('alter table resources drop constraint resources_account_id_blob_id_foreign');
  await sql.query('delete from blobs');
  expect(await it.verify()).toMatchObject([
    { kind: 'unswept', key },
    { kind: 'without_blob', key: id },
  ]);
});

test('fails, and calls nothing missing, when the store itself is away', async () => {
  await it.store();
  await rename(it.directory, `${it.directory}-away`);
  try {
    await expect(it.verify()).rejects.toMatchObject({ code: 'internal' });
  } finally {
    await rename(`${it.directory}-away`, it.directory);
  }
});

test('names account, path and id of ten records of a damaged content, and says that there are more', async () => {
  const { key, id } = await it.store('shared');
  await rm(pathOf(key));
  const { sha256 } = (await sql.query('select sha256 from blobs')).rows[0];
  const records = Array.from({ length: 11 }, (_, index) => createRecord({ name: `${index}`, directoryPath: '/' }));
  const [first] = await it.verify();
  expect(first).toMatchObject({ records: [{ account: 'acme', id }], hasMoreRecords: false });
  for (const record of records) await it.repository.insert(record, { sha256, sizeBytes: 6, offered: null });
  const [finding] = await it.verify();
  expect(finding?.records).toHaveLength(10);
  const stored = records.map((record) => ({ account: 'acme', path: `/${record.name}`, id: record.id }));
  expect(stored).toEqual(expect.arrayContaining(finding?.records?.filter((record) => record.id !== id) ?? []));
  expect(finding?.hasMoreRecords).toBe(true);
});
