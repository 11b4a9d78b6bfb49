import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, inject, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';
import { type Deployment, openDeployment, readRows, type StoredRow } from '../support/durability/deployment.ts';
import type { S3Server } from '../support/servers/s3.setup.ts';
import { largeBytes, putFile, send } from '../support/transports/downloading.ts';
import { readMetrics } from '../support/transports/observing.ts';

const servers = inject('s3Servers');
const s3 = servers.find(({ faithful }) => faithful) ?? servers[0];
const COUNTER = 'gateway_damaged_downloads_total';

type Writer = (deployment: Deployment, row: StoredRow, bytes: Buffer) => Promise<unknown>;
const writeInRow: Writer = ({ query }, { sha256 }, bytes) =>
  query(`update blobs set content = decode('${bytes.toString('hex')}', 'hex') where sha256 = '${sha256}'`);
const writeFileOf: Writer = ({ dataDir }, { storage_key: key }, bytes) => writeFile(join(dataDir, 'blobs', key), bytes);
const writeObject: Writer = async (_deployment, row, bytes) => {
  const { endpoint, accessKeyId, secretAccessKey } = s3 as S3Server;
  const credentials = { accessKeyId, secretAccessKey };
  using client = Object.assign(new S3Client({ region: 'us-east-1', endpoint, credentials, forcePathStyle: true }), {
    [Symbol.dispose]: () => client.destroy(),
  });
  await client.send(new PutObjectCommand({ Bucket: row.storage_bucket, Key: row.storage_key, Body: bytes }));
};

type Asked = { readonly url: string; token(): Promise<string> };

async function serve({ env, dataDir }: Deployment) {
  const gateway = await spawnGateway({ env, dataDir });
  const token = await gateway.token();
  return { ...gateway, token: async () => token };
}

async function download(gateway: Asked, id: string, headers: { [name: string]: string } = {}) {
  const authorization = `Bearer ${await gateway.token()}`;
  return await send(`${gateway.url}/v1/resources/${id}/content`, { headers: { authorization, ...headers } });
}

const countDamaged = async (gateway: Asked) => (await readMetrics(gateway)).get(COUNTER) ?? 0;

/** One byte of what is stored becomes another; the size stays. */
async function spoil(deployment: Deployment, { sha256, at }: { sha256: string; at: number }, write: Writer) {
  const row = (await readRows(deployment)).find((found) => found.sha256 === sha256) as StoredRow;
  const bytes = Buffer.from(row.content ?? (await deployment.store.read(row.storage_key)));
  bytes[at] = (bytes[at] as number) ^ 1;
  await write(deployment, row, bytes);
  return row;
}

const stores = [
  { name: 'a directory', deploy: {}, write: writeFileOf },
  ...(s3 === undefined ? [] : [{ name: 's3', deploy: { s3 }, write: writeObject }]),
];

describe.for(stores)('a content in $name of which one byte is another', ({ deploy, write }) => {
  test('is broken off before its last piece, and told to the log and the metrics; the intact one is sent', async () => {
    await using deployment = await openDeployment({ postgresUrl: inject('postgresUrl'), ...deploy });
    await using gateway = await serve(deployment);
    const intact = await putFile(gateway, largeBytes());
    const bytes = largeBytes();
    for (const at of [0, bytes.length - 1]) {
      const file = await putFile(gateway, at === 0 ? bytes : largeBytes());
      const { storage_key, storage_bucket } = await spoil(deployment, { ...file, at }, write);
      const countBefore = await countDamaged(gateway);
      await expect(download(gateway, file.id)).rejects.toMatchObject({ code: 'ECONNRESET' });
      expect(await countDamaged(gateway)).toBe(countBefore + 1);
      const told = () => {
        const lines = gateway.output().split('\n');
        const ours = lines.filter((line) => line.includes('not those that were stored') && line.includes(file.id));
        return ours.map((line) => JSON.parse(line));
      };
      const place = { bucket: storage_bucket, key: storage_key };
      await expect
        .poll(told)
        .toMatchObject([{ level: 50, resourceId: file.id, ...place, expectedSha256: file.sha256 }]);
      // What cannot be judged is given as it is.
      expect((await download(gateway, file.id, { range: 'bytes=1-4' })).status).toBe(206);
      expect((await download(gateway, file.id, { 'if-none-match': `"${file.sha256}"` })).status).toBe(304);
      await expect(download(gateway, file.id, { range: 'bytes=0-' })).rejects.toMatchObject({ code: 'ECONNRESET' });
    }
    expect((await download(gateway, intact.id)).body.equals(intact.bytes)).toBe(true);
  });
});

test('a content in its row of which one byte is another is a failure with nothing of it', async () => {
  await using deployment = await openDeployment({ postgresUrl: inject('postgresUrl') });
  await using gateway = await serve(deployment);
  const file = await putFile(gateway, Buffer.from('a small content'));
  await spoil(deployment, { ...file, at: 3 }, writeInRow);
  const { status, body } = await download(gateway, file.id);
  expect([status, Object.keys(JSON.parse(String(body)))]).toEqual([500, ['error']]);
  expect(await countDamaged(gateway)).toBe(1);
});
