import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { createStorageKey } from '../../../src/domain/fields/ids.ts';
import { type Fixture, listKeys, openFixture } from '../../support/domain/sweep-fixture.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const { signal } = new AbortController();
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

const pathOf = (key: string) => join(it.directory, key);

/** What the record's content is by now. */
async function readContent(id: string): Promise<string> {
  const found = await it.repository.findContent({ accountId: 'acme', id }, { signal });
  if (found === null) throw new Error(`there is no ${id}`);
  const pieces: Uint8Array[] = [];
  for await (const piece of await it.blobs.read(found.location.key, { signal, range: null })) {
    pieces.push(Uint8Array.from(piece));
  }
  return Buffer.concat(pieces).toString();
}

test('leaves what is whole alone', async () => {
  await it.store('whole');
  await it.store('in its row', { inline: true });
  const before = await listKeys(it.blobs);
  expect(await it.repair()).toEqual([]);
  expect(await listKeys(it.blobs)).toEqual(before);
});

test('names the open store in rows that name another one, where it has their bytes', async () => {
  const [moved, changed] = [await it.store('moved'), await it.store('changed')];
  await sql.query(`update blobs set storage_bucket = 'old'`);
  await writeFile(pathOf(changed.key), 'CHANGED');
  const mendings = await it.repair();
  expect(mendings).toMatchObject([
    { kind: 'repaired', key: moved.key, records: [{ account: 'acme', id: moved.id }] },
    { kind: 'unrepaired', key: changed.key, records: [{ account: 'acme', id: changed.id }] },
  ]);
  expect(await readContent(moved.id)).toBe('moved');
  expect(await it.verify()).toMatchObject([{ kind: 'elsewhere', key: changed.key }]);
});

test('finds the bytes of lost and changed content among the objects that no row names, and copies them', async () => {
  const [gone, changed] = [await it.store('gone'), await it.store('before')];
  const copies = [await it.putObject('gone'), await it.putObject('before'), await it.putObject('others')];
  await rm(pathOf(gone.key));
  await writeFile(pathOf(changed.key), 'after!');
  const mendings = await it.repair();
  expect(new Set(mendings.map(({ kind }) => kind))).toEqual(new Set(['repaired']));
  expect(await readContent(gone.id)).toBe('gone');
  expect(await readContent(changed.id)).toBe('before');

  // Copied, for a sweep may take at any time what no row names.
  for (const key of copies) await it.blobs.delete(key, { signal });
  expect(await readContent(gone.id)).toBe('gone');
  expect(await it.verify()).toMatchObject([{ kind: 'unswept', key: changed.key }]);
  expect(await readFile(pathOf(changed.key), 'utf8')).toBe('after!');
});

test('gives the accounts that lost equal content a copy each', async () => {
  const first = await it.store('shared');
  const second = await it.store('of another account');
  // No key leads from one account to another, so both rows change hands at once.
  await sql.query(`set session_replication_role = replica`);
  await sql.query(
    `with moved as (update blobs set (account_id, sha256, size_bytes) =
      ('other', (select sha256 from blobs where storage_key = $1), 6) where storage_key = $2)
    update resources set account_id = 'other' where id = $3`,
    [first.key, second.key, second.id],
  );
  await sql.query(`reset session_replication_role`);
  const copy = await it.putObject('shared');
  for (const { key } of [first, second]) await rm(pathOf(key));
  expect(await it.repair()).toMatchObject([{ kind: 'repaired' }, { kind: 'repaired' }]);
  const { rows } = await sql.query('select storage_key from blobs');
  const keys = rows.map(({ storage_key }) => storage_key as string);
  expect(new Set([...keys, copy]).size).toBe(3);
  expect(await it.verify()).toMatchObject([{ kind: 'unswept', key: copy }]);
});

test('moves damaged bytes of the right number aside, so that a new upload is not answered with them', async () => {
  const { key, id } = await it.store('before');
  await writeFile(pathOf(key), 'after!');
  const [mending] = await it.repair();
  expect(mending).toMatchObject({ kind: 'moved_aside', key, records: [{ account: 'acme', id }] });
  const aside = mending?.reason.split(' ').at(-1) ?? '';
  expect(await readFile(pathOf(aside), 'utf8')).toBe('after!');
  expect(await it.blobs.has(key, { accountId: 'acme', sizeBytes: 6, signal })).toBe(false);
  await it.sweep();
  expect((await it.verify()).toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toMatchObject([
    { kind: 'missing', key },
    { kind: 'set_aside', key: aside },
  ]);
});

test('leaves alone what cannot be mended, and says what would help', async () => {
  const [shorter, inRow, gone] = [
    await it.store('shorter'),
    await it.store('in its row', { inline: true }),
    await it.store('gone'),
  ];
  await writeFile(pathOf(shorter.key), 'short');
  await sql.query(`update blobs set content = 'outside' where storage_key = $1`, [inRow.key]);
  await rm(pathOf(gone.key));
  const mendings = await it.repair();
  const reasonOf = (key: string) => mendings.find((mending) => mending.key === key)?.reason;
  expect(mendings.map(({ kind }) => kind)).toEqual(['unrepaired', 'unrepaired', 'unrepaired']);
  expect(reasonOf(shorter.key)).toContain('a new upload of the same content brings them back');
  expect(reasonOf(gone.key)).toContain('a new upload of the same content brings them back');
  expect(reasonOf(inRow.key)).toContain('restore the database');
  expect(await readFile(pathOf(shorter.key), 'utf8')).toBe('short');
  expect((await it.verify()).map(({ kind }) => kind).toSorted()).toEqual(['corrupt', 'corrupt', 'missing']);
});

test('does not take the bytes of a shape that is not ours, nor those that only look alike', async () => {
  const { key } = await it.store('wanted');
  await rm(pathOf(key));
  const likely = createStorageKey();
  await mkdir(dirname(pathOf(likely)), { recursive: true });
  await writeFile(pathOf(likely), 'Wanted');
  await writeFile(pathOf('foreign'), 'wanted');
  expect(await it.repair()).toMatchObject([{ kind: 'unrepaired', key }]);
});

test('fails, and changes nothing, when the store itself is away', async () => {
  const { key } = await it.store();
  await rename(it.directory, `${it.directory}-away`);
  try {
    await expect(it.repair()).rejects.toMatchObject({ code: 'internal' });
  } finally {
    await rename(`${it.directory}-away`, it.directory);
  }
  const { rows } = await sql.query('select storage_key, storage_bucket from blobs');
  expect(rows).toEqual([{ storage_key: key, storage_bucket: it.blobs.bucket }]);
});
