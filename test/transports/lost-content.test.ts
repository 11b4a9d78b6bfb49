// The bytes of known contents vanish from the store: new uploads of them, in every form, bring them back for all records.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import type { BlobStore } from '../../src/domain/content/blob-store.ts';
import { type Finding, verify } from '../../src/domain/maintenance/verify.ts';
import { openRepository, type Repository } from '../../src/persistence/repository.ts';
import { openDirectoryStore } from '../../src/storage/directory/store.ts';
import { openS3Store } from '../../src/storage/s3/store.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import type { S3Server } from '../support/servers/s3.setup.ts';
import { BATCH_TRANSPORTS } from '../support/transports/batch-transports.ts';
import { send } from '../support/transports/downloading.ts';
import { FORM_TRANSPORTS } from '../support/transports/form-transports.ts';
import { TRANSPORTS, type Transport } from '../support/transports/transports.ts';

const { signal } = new AbortController();
const WAYS: readonly Transport[] = [...TRANSPORTS, ...FORM_TRANSPORTS, ...BATCH_TRANSPORTS];
const toContent = (bytes: Buffer) => `data:application/x-test;base64,${bytes.toString('base64')}`;

type World = AsyncDisposable & {
  /** One more gateway on the same database and store; it remembers nothing of the store. */
  start(env?: NodeJS.ProcessEnv): Promise<Gateway>;
  readonly token: Gateway['token'];
  readonly first: Gateway;
  readonly blobs: BlobStore;
  readonly catalog: Repository;
};

async function openWorld(s3: S3Server | null): Promise<World> {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await createDatabase(inject('postgresUrl')));
  const bucket = `test-${randomUUID()}`;
  const where: NodeJS.ProcessEnv = s3 === null ? {} : { S3_BUCKET: bucket, S3_FORCE_PATH_STYLE: 'true' };
  const start = async (env: NodeJS.ProcessEnv = {}) =>
    stack.use(await startGateway({ DATABASE_URL: url, INLINE_MAX_BYTES: '0', ...where, ...env }));
  if (s3 !== null) {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', s3.endpoint);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', s3.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', s3.secretAccessKey);
  }
  const first = await start();
  const store =
    s3 === null
      ? await openDirectoryStore({ directory: join(first.dataDir, 'blobs') })
      : await openS3Store({ bucket, forcePathStyle: true, createBucket: false });
  const blobs = stack.adopt(store, (it) => it.close());
  const database = { kind: 'postgres', url } as const;
  const catalog = stack.adopt(await openRepository({ database }), (it) => it.close());
  return {
    // The first one's folder is the store of all, and its key is the one that all accept.
    start: (env = {}) => start({ DATA_DIR: first.dataDir, ...env }),
    token: first.token,
    first,
    blobs,
    catalog,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function post({ url }: Gateway, { path, body, token }: { path: string; body: object; token: string }) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function findFlaws({ blobs, catalog }: World): Promise<Finding[]> {
  const findings: Finding[] = [];
  const onFinding = (finding: Finding) => findings.push(finding);
  const limits = { exclusive: false, settleMs: 0, maxReadsAtOnce: 4, onProgress: () => {} };
  await verify({ blobs, catalog, signal, ...limits, onFinding });
  return findings;
}

async function create(gateway: Gateway, { name, bytes, token, way = WAYS[0] as Transport }: Creation): Promise<string> {
  const answer = await way.create({ name, directoryPath: '/', content: toContent(bytes) }, { url: gateway.url, token });
  expect(answer).toMatchObject({ kind: 'ok' });
  return String(answer.resource?.id);
}
type Creation = { readonly name: string; readonly bytes: Buffer; readonly token: string; readonly way?: Transport };

async function expectContent(gateway: Gateway, { id, bytes, token }: { id: string; bytes: Buffer; token: string }) {
  const headers = { authorization: `Bearer ${token}` };
  const { status, body } = await send(`${gateway.url}/v1/resources/${id}/content`, { headers });
  expect({ status, isSame: body.equals(bytes) }).toEqual({ status: 200, isSame: true });
}

const loseAll = async ({ blobs }: World) => {
  for await (const { key } of blobs.list({ signal })) await blobs.delete(key, { signal });
};

const stores = [
  { name: 'a directory', s3: null },
  ...inject('s3Servers')
    .filter(({ faithful }) => faithful)
    .map((s3) => ({ name: s3.name, s3 })),
];

afterEach(() => vi.unstubAllEnvs());

test('a gateway with a DATA_DIR of its own does not start on the database of another', async () => {
  await using world = await openWorld(null);
  await create(world.first, { name: 'first', bytes: randomBytes(1_000), token: await world.token() });
  await using other = await mkdtempDisposable(`${tmpdir()}/other-`);
  await expect(world.start({ DATA_DIR: other.path })).rejects.toThrow(
    `${other.path}/blobs is not the store that this database's blobs lie in`,
  );
});

describe.each(stores)('content that was lost from $name', ({ s3 }) => {
  test('is brought back for all its records by a new upload, in every form', async () => {
    await using world = await openWorld(s3);
    const token = await world.token();
    const files = WAYS.map((way) => ({ way, bytes: randomBytes(100_000), token }));
    const older = await Promise.all(
      files.map((file) => create(world.first, { name: `older ${file.way.name}`, bytes: file.bytes, token })),
    );
    await loseAll(world);
    expect(await findFlaws(world)).toHaveLength(files.length);
    const next = await world.start();
    const newer = await Promise.all(files.map((file) => create(next, { ...file, name: `newer ${file.way.name}` })));
    for (const [index, { bytes }] of files.entries()) {
      for (const id of [older[index], newer[index]]) await expectContent(next, { id: String(id), bytes, token });
    }
    expect(await findFlaws(world)).toEqual([]);
  });

  test('is brought back once by many uploads at once, and by one that meets a conflict', async () => {
    await using world = await openWorld(s3);
    const token = await world.token();
    const bytes = randomBytes(100_000);
    const id = await create(world.first, { name: 'taken', bytes, token });
    await loseAll(world);
    const next = await world.start();
    const names = Array.from({ length: 20 }, (_, index) => `${index}`);
    const ids = await Promise.all(names.map((name) => create(next, { name, bytes, token })));
    for (const each of [id, ...ids]) await expectContent(next, { id: each, bytes, token });
    expect(await findFlaws(world)).toEqual([]);

    await loseAll(world);
    const another = await world.start();
    const refused = await WAYS[0]?.create(
      { name: 'taken', directoryPath: '/', content: toContent(bytes) },
      { url: another.url, token },
    );
    expect(refused).toMatchObject({ kind: 'conflict' });
    await expectContent(another, { id, bytes, token });
    expect(await findFlaws(world)).toEqual([]);
  });

  test('is kept in its row from then on when it is few bytes that rows hold by now', async () => {
    await using world = await openWorld(s3);
    const token = await world.token();
    const bytes = randomBytes(1_000);
    const older = await create(world.first, { name: 'older', bytes, token });
    await loseAll(world);
    const next = await world.start({ INLINE_MAX_BYTES: '16384' });
    const newer = await create(next, { name: 'newer', bytes, token });
    for (const id of [older, newer]) await expectContent(next, { id, bytes, token });
    expect(await findFlaws(world)).toEqual([]);
  });

  test('does not take the place of content that is there when its version is restored', async () => {
    await using world = await openWorld(s3);
    const token = await world.token();
    const earlier = randomBytes(100_000);
    const id = await create(world.first, { name: 'a', bytes: earlier, token });
    await loseAll(world);
    const next = await world.start();
    const bytes = randomBytes(100_000);
    const body = { name: 'a', directory_path: '/', content: toContent(bytes), on_conflict: 'replace' };
    expect((await post(next, { path: '/v1/resources', body, token })).status).toBe(200);
    const restore = { path: `/v1/resources/${id}/versions/1/restore`, body: {}, token };
    expect((await post(next, restore)).status).toBe(500);
    await expectContent(next, { id, bytes, token });

    await create(next, { name: 'b', bytes: earlier, token });
    expect((await post(next, restore)).status).toBe(200);
    await expectContent(next, { id, bytes: earlier, token });
  });
});
