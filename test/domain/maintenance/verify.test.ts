import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { parseConflictRule } from '../../../src/domain/conflict.ts';
import { createId } from '../../../src/domain/fields/ids.ts';
import type { Finding } from '../../../src/domain/maintenance/verify.ts';
import { type Fixture, openFixture } from '../../support/domain/sweep-fixture.ts';
import { createContent, createRecord, FOR_GOOD } from '../../support/persistence/records.ts';
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

/** A resource whose first content is an earlier version, and which may be in the trash. */
async function storeVersioned({ isTrashed }: { isTrashed: boolean }) {
  const record = createRecord({ directoryPath: '/', name: 'a' });
  const key = await it.putObject('earlier');
  const rule = parseConflictRule({ onConflict: 'replace' }, { ...record, keepsTags: false, keepsMetadata: false });
  const earlier = {
    ...createContent('earlier'),
    offered: { location: { bucket: it.blobs.bucket, key }, inline: null },
  };
  expect((await it.repository.insert(record, earlier)).kind).toBe('created');
  const inline = Buffer.from('present');
  const present = {
    ...createContent('present'),
    offered: { location: { bucket: 'database', key: createId() }, inline },
  };
  expect((await it.repository.insert({ ...record, id: createId() }, present, rule)).kind).toBe('replaced');
  const deletion = { ...FOR_GOOD, isPermanent: false, signal: new AbortController().signal };
  if (isTrashed) await it.repository.delete({ ...record, expected: null }, deletion);
  return { id: record.id, key };
}

test.each([
  { says: 'a resource', isTrashed: false },
  { says: 'a resource in the trash', isTrashed: true },
])('names $says whose earlier version or own content is damaged', async ({ isTrashed }) => {
  const { id, key } = await storeVersioned({ isTrashed });
  await rm(pathOf(key));
  await sql.query(`update blobs set content = 'outside' where content is not null`);
  const findings = await it.verify();
  expect(findings.toSorted((a, b) => b.kind.localeCompare(a.kind))).toMatchObject([
    { kind: 'missing', key, records: [{ account: 'acme', path: '/a', id, version: 1, isTrashed }] },
    { kind: 'corrupt', records: [{ account: 'acme', path: '/a', id, version: null, isTrashed }] },
  ]);
});

test.each([
  { isTrashed: false, says: 'this resource and of an earlier version of this resource' },
  { isTrashed: true, says: 'this resource in the trash and of an earlier version of this resource' },
])('names once what has lost the row of its blob: the blob of $says', async ({ isTrashed, says }) => {
  const { id, key } = await storeVersioned({ isTrashed });
  for (const table of ['resources', 'resource_versions', 'trash']) {
    await sql.query(`alter table ${table} drop constraint ${table}_account_id_blob_id_foreign`);
  }
  await sql.query('delete from blobs');
  expect(await it.verify()).toMatchObject([
    { kind: 'unswept', key },
    { kind: 'without_blob', key: id, reason: `the blob of ${says}, of account acme, has no row` },
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
  for (const record of records)
    await it.repository.insert(record, { sha256, sizeBytes: 6, offered: null, uploadId: null });
  const [finding] = await it.verify();
  expect(finding?.records).toHaveLength(10);
  const stored = records.map(({ id, name }) => ({
    account: 'acme',
    path: `/${name}`,
    id,
    version: null,
    isTrashed: false,
  }));
  expect(stored).toEqual(expect.arrayContaining(finding?.records?.filter((record) => record.id !== id) ?? []));
  expect(finding?.hasMoreRecords).toBe(true);
});
