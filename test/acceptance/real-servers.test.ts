import { createHash } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { describe, expect, inject, test } from 'vitest';
import { type GatewayProcess, runScript, spawnGateway } from '../support/acceptance/process.ts';
import { createDatabase, startPostgres } from '../support/servers/postgres.ts';
import { openRelay } from '../support/servers/relay.ts';

const SENTENCE = /^the request failed for a reason on our side/;
/** Beyond what a database row holds by default. */
const BYTES = Buffer.alloc(100_000, 'large enough for the store ');
const CONTENT = `data:text/plain;base64,${BYTES.toString('base64')}`;

async function create(gateway: GatewayProcess, token: string) {
  const response = await fetch(`${gateway.url}/v1/resources`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: crypto.randomUUID(), directory_path: '/', content: CONTENT, tags: ['a'] }),
  });
  return { status: response.status, json: (await response.json()) as { [field: string]: string } };
}

const ready = async (gateway: GatewayProcess) => (await fetch(`${gateway.url}/readyz`)).status;

test('answers 500 while PostgreSQL is away and recovers without a restart', async () => {
  await using server = await startPostgres();
  await using gateway = await spawnGateway({ env: { DATABASE_URL: server.url } });
  const token = await gateway.token();
  expect((await create(gateway, token)).status).toBe(200);
  await server.crash();
  const refused = await create(gateway, token);
  expect(refused).toMatchObject({ status: 500, json: { error: expect.stringMatching(SENTENCE) } });
  expect(await ready(gateway)).toBe(503);
  await server.start();
  await expect.poll(() => ready(gateway), { timeout: 20_000 }).toBe(200);
  expect((await create(gateway, token)).status).toBe(200);
  expect(await gateway.stop()).toBe(0);
});

test('two gateways start at once on one empty database', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  const env = { DATABASE_URL: database.url };
  await using folder = await mkdtempDisposable(`${tmpdir()}/gateways-`);
  const options = { env, dataDir: folder.path };
  const [first, second] = await Promise.all([spawnGateway(options), spawnGateway(options)]);
  await using _first = first;
  await using _second = second;
  expect((await create(first, await first.token())).status).toBe(200);
  expect((await create(second, await second.token())).status).toBe(200);
});

const s3Servers = inject('s3Servers');

describe.each(s3Servers)('with $name', ({ endpoint, accessKeyId, secretAccessKey, faithful }) => {
  const s3Environment = (address: string, bucket: string) => ({
    S3_BUCKET: bucket,
    S3_FORCE_PATH_STYLE: 'true',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: address,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });

  test('puts the bytes into the bucket and the record into PostgreSQL', async () => {
    await using database = await createDatabase(inject('postgresUrl'));
    const bucket = `gateway-${crypto.randomUUID()}`;
    await using gateway = await spawnGateway({
      env: { DATABASE_URL: database.url, ...s3Environment(endpoint, bucket) },
    });
    const token = await gateway.token();
    const [first, second] = [await create(gateway, token), await create(gateway, token)];
    expect(first.json).toMatchObject({
      storage_bucket: bucket,
      sha256: createHash('sha256').update(BYTES).digest('hex'),
    });
    expect(second.json.storage_key).toBe(first.json.storage_key);

    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
    const listed = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    const keys = listed.Contents?.map(({ Key }) => Key);
    expect(keys?.toSorted()).toEqual([first.json.storage_key, 'resource-gateway/store']);
    const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: first.json.storage_key }));
    expect(Buffer.from((await object.Body?.transformToByteArray()) ?? []).equals(BYTES)).toBe(true);
    client.destroy();

    await using rows = await openClient(database.url);
    const { rows: records } = await rows.client.query('select sha256 from blobs');
    expect(records).toEqual([{ sha256: first.json.sha256 }]);
  });

  test.runIf(faithful)('answers 500 while the store is away and recovers without a restart', async () => {
    await using relay = await openRelay(endpoint);
    const env = s3Environment(relay.endpoint, `gateway-${crypto.randomUUID()}`);
    await using gateway = await spawnGateway({ env });
    const token = await gateway.token();
    expect((await create(gateway, token)).status).toBe(200);
    relay.setMode('cut');
    // An account that has none of the contents yet: known content needs no store.
    const other = await gateway.token('--account', 'other');
    const refused = await create(gateway, other);
    expect(refused).toMatchObject({ status: 500, json: { error: expect.stringMatching(SENTENCE) } });
    expect(await ready(gateway)).toBe(503);
    relay.setMode('pass');
    expect(await ready(gateway)).toBe(200);
    expect((await create(gateway, other)).status).toBe(200);
  });

  test.runIf(faithful)('says at the start what is wrong with the bucket in production', async () => {
    const env = { ...s3Environment(endpoint, `missing-${crypto.randomUUID()}`), NODE_ENV: 'production' };
    const auth = { AUTH_JWKS_URL: 'http://127.0.0.1:9/jwks', AUTH_ISSUER: 'a', AUTH_AUDIENCE: 'b' };
    await using database = await createDatabase(inject('postgresUrl'));
    const { code, stderr } = await runScript(['src/main.ts'], {
      ...env,
      ...auth,
      PORT: '0',
      DATABASE_URL: database.url,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/bucket/i);
  });
});

async function openClient(connectionString: string) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}
