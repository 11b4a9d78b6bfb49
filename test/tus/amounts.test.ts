import { mkdtempDisposable, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { createTus, openTus, type Tus, toMetadata } from '../support/tus/requests.ts';

const MAX_OPEN = 40;
const TIMEOUT = { timeout: 120_000 };
const cleanup = new AsyncDisposableStack();
let dataDir: string;
let database: pg.Client;
/** Two gateways on one database and one store. */
let gateways: readonly [Gateway, Gateway];
let tus: Tus;

beforeAll(async () => {
  dataDir = cleanup.use(await mkdtempDisposable(join(tmpdir(), 'tus-'))).path;
  const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
  const env = {
    DATA_DIR: dataDir,
    DATABASE_URL: url,
    SWEEP_INTERVAL_MS: '0',
    MAX_OPEN_UPLOADS: String(MAX_OPEN),
  };
  gateways = [cleanup.use(await startGateway(env)), cleanup.use(await startGateway(env))];
  tus = await openTus(gateways[0]);
  database = new pg.Client({ connectionString: url });
  await database.connect();
  cleanup.defer(() => database.end());
});
afterAll(() => cleanup.disposeAsync());

/** All that is kept of all uploads: rows of every table, bytes of the upload's row, files. */
async function countKept(url: string) {
  const { rows: tables } = await database.query<{ name: string }>(
    `select quote_ident(table_name) as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
  );
  const counts = tables.map(({ name }) => `(select count(*) from ${name})`).join(' + ');
  const { rows } = await database.query(
    `select (${counts})::int as rows, (select pg_column_size(u.*) from uploads u where id = $1) as bytes`,
    [url.split('/').at(-1)],
  );
  const files = await readdir(join(dataDir, 'blobs'), { recursive: true });
  return { rows: rows[0].rows as number, bytes: rows[0].bytes as number, files: files.length };
}

test('as many tiny pieces as a client likes leave what one leaves, but for the offset', TIMEOUT, async () => {
  const pieces = 3_000;
  const url = await tus.create({ 'upload-length': String(pieces + 1) });
  await tus.patch(url, 0, Buffer.from('x'));
  const first = await countKept(url);
  for (let offset = 1; offset < pieces; offset += 1) {
    expect(await tus.patch(url, offset, Buffer.from('x'))).toMatchObject({ status: 204, offset: String(offset + 1) });
  }
  const last = await countKept(url);
  expect(last).toMatchObject({ rows: first.rows, files: first.files });
  // A number of four digits takes more room than one of one.
  expect(Math.abs(last.bytes - first.bytes)).toBeLessThan(16);
  expect(await tus.request('DELETE', url)).toMatchObject({ status: 204 });
});

test('pieces of nothing count for nothing, and keep nothing', TIMEOUT, async () => {
  const url = await tus.create({ 'upload-length': '10' });
  await tus.patch(url, 0, Buffer.from('x'));
  const first = await countKept(url);
  for (let index = 0; index < 50; index += 1) {
    expect(await tus.patch(url, 1, Buffer.alloc(0))).toMatchObject({ status: 204, offset: '1' });
  }
  expect(await countKept(url)).toEqual(first);
  expect(await tus.request('DELETE', url)).toMatchObject({ status: 204 });
});

test('metadata by names that every object has, and by long and many ones, are keys like others', TIMEOUT, async () => {
  const inherited = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'];
  const odd = ['Name', 'name.', '$where', '%00', '<b>', "'", '../x', 'k'.repeat(200)];
  const known = { name: 'keys.bin', directory_path: '/keys' };
  const metadata = [
    toMetadata(known),
    ...[...inherited, ...odd].map((key) => `${key} ${Buffer.from('{"x":1}').toString('base64')}`),
    ...Array.from({ length: 50 }, (_, index) => `bare${index}`),
  ].join();
  const url = await tus.create({ 'upload-length': '1', 'upload-metadata': metadata });
  const { status, resourceId } = await tus.patch(url, 0, Buffer.from('x'));
  expect(status).toBe(204);
  const resource = await (await tus.get(`/v1/resources/${resourceId}`)).json();
  expect(resource).toMatchObject({ ...known, tags: [], metadata: {} });
  expect(({} as { readonly x?: number }).x).toBeUndefined();
});

test('an account that begins uploads on all gateways at once has no more than it may', TIMEOUT, async () => {
  const clients = gateways.map(({ url }) => createTus(url, tus.token));
  const answers = await Promise.all(
    Array.from({ length: 5 * MAX_OPEN }, (_, index) =>
      (clients[index % clients.length] as Tus).request('POST', '/v1/tus', { headers: { 'upload-length': '1000000' } }),
    ),
  );
  const begun = answers.filter(({ status }) => status === 201);
  expect(begun).toHaveLength(MAX_OPEN);
  for (const answer of answers.filter(({ status }) => status !== 201)) {
    expect(answer).toMatchObject({ status: 403, code: 'forbidden' });
  }
  const other = await openTus(gateways[1], { account: 'other' });
  await other.create({ 'upload-length': '1' });
  const { rows } = await database.query(
    `select count(*)::int as count from uploads where state = 'open' group by account_id order by 1`,
  );
  expect(rows).toEqual([{ count: 1 }, { count: MAX_OPEN }]);
});
