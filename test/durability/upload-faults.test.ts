// What may go wrong at the end of an upload, and what the caller is told then.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { type GatewayProcess, spawnGateway } from '../support/acceptance/process.ts';
import { expectSweptClean } from '../support/durability/audit.ts';
import { type Deployment, type DeploymentOptions, openDeployment } from '../support/durability/deployment.ts';
import { openLosingRelay } from '../support/servers/losing-relay.ts';
import { openRelay } from '../support/servers/relay.ts';
import { sha256Of } from '../support/tus/client.ts';
import { createTus, type Tus, toMetadata } from '../support/tus/requests.ts';
import { startPatch } from '../support/tus/slow-patch.ts';

const run = promisify(execFile);
const postgresUrl = inject('postgresUrl');
const faithful = inject('s3Servers').filter(({ faithful }) => faithful);
const deployments: { name: string; options: DeploymentOptions }[] = [
  { name: 'a directory', options: { postgresUrl } },
  ...faithful.map((s3) => ({ name: s3.name, options: { postgresUrl, s3 } })),
];
const TIMEOUT = { timeout: 120_000 };
const CONTENT = randomBytes(12_000_000);
const place = (name: string) => toMetadata({ name, directory_path: '/faults' });
const idOf = (url: string) => url.split('/').at(-1) as string;

const openClient = async (gateway: GatewayProcess) => createTus(gateway.url, await gateway.token());
const at = ({ url }: GatewayProcess, path: string) => new URL(new URL(path).pathname, url).href;
const begin = (tus: Tus, name: string, size = CONTENT.length) =>
  tus.create({ 'upload-length': String(size), 'upload-metadata': place(name) });

/** The resource of this name, by the gateway; null while there is none. */
async function find(tus: Tus, name: string): Promise<{ sha256: string; id: string } | null> {
  const found = await tus.get(`/v1/resources/by-path?directory_path=/faults&name=${name}`);
  return found.status === 200 ? ((await found.json()) as { sha256: string; id: string }) : null;
}

async function complete(tus: Tus, gateway: GatewayProcess, url: string) {
  const headers = { authorization: `Bearer ${tus.token}` };
  const response = await fetch(`${gateway.url}/v1/uploads/${idOf(url)}/complete`, { method: 'POST', headers });
  return { status: response.status, json: (await response.json()) as { [key: string]: unknown } };
}

async function end(deployment: Deployment, ...gateways: GatewayProcess[]): Promise<void> {
  for (const gateway of gateways) await gateway.stop();
  await expectSweptClean(deployment);
}

describe.each(deployments)('on $name', ({ options }) => {
  test(
    'a gateway killed with all bytes and no record leaves an upload that another finishes unasked',
    TIMEOUT,
    async () => {
      await using deployment = await openDeployment(options);
      await using losing = await openLosingRelay(deployment.env.DATABASE_URL ?? '');
      await using dying = await spawnGateway({ ...deployment, env: { ...deployment.env, DATABASE_URL: losing.url } });
      const tus = await openClient(dying);
      const url = await begin(tus, 'unfinished');
      // The insert never arrives, and the gateway dies before it can do anything else.
      losing.loseNext('insert');
      const answer = tus.patch(url, 0, CONTENT).then(
        ({ status }) => status,
        () => null,
      );
      expect([500, null]).toContain(await answer);
      await dying.stop('SIGKILL');

      await using other = await spawnGateway({ ...deployment, env: { ...deployment.env, SWEEP_INTERVAL_MS: '300' } });
      const there = createTus(other.url, tus.token);
      await expect.poll(() => find(there, 'unfinished'), { timeout: 40_000, interval: 200 }).not.toBeNull();
      expect(await find(there, 'unfinished')).toMatchObject({ sha256: sha256Of(CONTENT) });
      expect(await there.head(at(other, url))).toMatchObject({ status: 200, resourceId: expect.any(String) });
      await end(deployment, other);
    },
  );

  test('a record whose answer was lost is the answer to whoever asks again', TIMEOUT, async () => {
    await using deployment = await openDeployment(options);
    await using losing = await openLosingRelay(deployment.env.DATABASE_URL ?? '');
    await using gateway = await spawnGateway({ ...deployment, env: { ...deployment.env, DATABASE_URL: losing.url } });
    const tus = await openClient(gateway);
    const url = await begin(tus, 'lost-answer');
    losing.loseNext('answer');
    expect(await tus.patch(url, 0, CONTENT)).toMatchObject({ status: 500 });
    const record = await find(tus, 'lost-answer');
    expect(record).toMatchObject({ sha256: sha256Of(CONTENT) });
    expect(await tus.head(url)).toMatchObject({ status: 200, offset: String(CONTENT.length), resourceId: record?.id });
    expect(await tus.patch(url, CONTENT.length, Buffer.alloc(0))).toMatchObject({
      status: 204,
      resourceId: record?.id,
    });
    expect(await complete(tus, gateway, url)).toMatchObject({ status: 200, json: { id: record?.id } });
    expect(await deployment.query(`select from resources where name = 'lost-answer'`)).toHaveLength(1);
    await end(deployment, gateway);
  });

  test('an upload does not expire while its bytes arrive', TIMEOUT, async () => {
    await using deployment = await openDeployment(options);
    const env = { ...deployment.env, UPLOAD_TTL: '2', SWEEP_INTERVAL_MS: '200' };
    await using gateway = await spawnGateway({ ...deployment, env });
    const tus = await openClient(gateway);
    const url = await begin(tus, 'slow', 7);
    const patch = startPatch(url, { token: tus.token, offset: 0, length: 7 });
    for (let byte = 0; byte < 7; byte += 1) {
      await patch.write(CONTENT.subarray(byte, byte + 1));
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    patch.end();
    expect(await patch.answer).toBe(204);
    expect(await find(tus, 'slow')).toMatchObject({ sha256: sha256Of(CONTENT.subarray(0, 7)) });
    await end(deployment, gateway);
  });

  test('nothing is left of uploads that have expired: no row, no file, no object, no part', TIMEOUT, async () => {
    await using deployment = await openDeployment(options);
    const env = { ...deployment.env, UPLOAD_TTL: '2', SWEEP_INTERVAL_MS: '300' };
    await using gateway = await spawnGateway({ ...deployment, env });
    const tus = await openClient(gateway);
    const [few, many, whole, failed, none] = [
      await begin(tus, 'few'),
      await begin(tus, 'many'),
      await tus.create({ 'upload-length': String(CONTENT.length) }),
      await tus.create({ 'upload-length': '5', 'upload-metadata': toMetadata({ expected_sha256: 'a'.repeat(64) }) }),
      await begin(tus, 'none'),
    ];
    await tus.patch(few, 0, CONTENT.subarray(0, 100));
    await tus.patch(many, 0, CONTENT.subarray(0, 11_000_000));
    expect(await tus.patch(whole, 0, CONTENT)).toMatchObject({ status: 204 });
    expect(await tus.patch(failed, 0, CONTENT.subarray(0, 5))).toMatchObject({ status: 422 });
    expect(await deployment.query('select from uploads')).toHaveLength(5);
    await expect.poll(() => deployment.query('select from uploads'), { timeout: 30_000 }).toEqual([]);
    for (const url of [few, many, whole, failed, none]) expect(await tus.head(url)).toMatchObject({ status: 404 });
    await expect.poll(() => deployment.store.leftovers()).toEqual([]);
    expect(await deployment.store.list()).toEqual([]);
    await end(deployment, gateway);
  });

  test("an operator's sweep removes what has expired where no gateway does", TIMEOUT, async () => {
    await using deployment = await openDeployment(options);
    await using gateway = await spawnGateway({ ...deployment, env: { ...deployment.env, UPLOAD_TTL: '1' } });
    const tus = await openClient(gateway);
    const url = await begin(tus, 'swept');
    await tus.patch(url, 0, CONTENT.subarray(0, 6_000_000));
    await expect.poll(async () => (await tus.head(url)).status, { timeout: 20_000 }).toBe(404);
    expect(await deployment.query('select from uploads')).toHaveLength(1);
    await end(deployment, gateway);
    expect(await deployment.query('select from uploads')).toEqual([]);
  });
});

describe.each(faithful)('with $name', (s3) => {
  test.each(['cut', 'silent'] as const)(
    '%s at the end, an upload is finished when it is back',
    TIMEOUT,
    async (mode) => {
      await using relay = await openRelay(s3.endpoint);
      await using deployment = await openDeployment({ postgresUrl, s3: { ...s3, relayedEndpoint: relay.endpoint } });
      await using gateway = await spawnGateway(deployment);
      const tus = await openClient(gateway);
      const url = await begin(tus, 'store-gone');
      expect(await tus.patch(url, 0, CONTENT.subarray(0, 11_000_000))).toMatchObject({ status: 204 });
      relay.setMode(mode);
      const gone = await tus.patch(url, 11_000_000, CONTENT.subarray(11_000_000));
      expect(gone.status).toBe(500);
      expect(await find(tus, 'store-gone')).toBeNull();
      relay.setMode('pass');
      const { offset } = await tus.head(url);
      const last = await tus.patch(url, Number(offset), CONTENT.subarray(Number(offset)));
      expect(last).toMatchObject({ status: 204, resourceId: expect.any(String) });
      expect(await find(tus, 'store-gone')).toMatchObject({ sha256: sha256Of(CONTENT) });
      await end(deployment, gateway);
    },
  );

  test('and its answer to the completion lost, the upload is complete all the same', TIMEOUT, async () => {
    await using relay = await openRelay(s3.endpoint);
    await using deployment = await openDeployment({ postgresUrl, s3: { ...s3, relayedEndpoint: relay.endpoint } });
    await using gateway = await spawnGateway(deployment);
    const tus = await openClient(gateway);
    const url = await begin(tus, 'lost-completion');
    relay.loseAnswerOf(({ method, url = '' }) => method === 'POST' && url.includes('uploadId='), 'NoSuchUpload');
    expect(await tus.patch(url, 0, CONTENT)).toMatchObject({ status: 204, resourceId: expect.any(String) });
    expect(await find(tus, 'lost-completion')).toMatchObject({ sha256: sha256Of(CONTENT) });
    await end(deployment, gateway);
  });
});

/** A disk of 16 MiB, or null where this user may not mount one. */
async function openSmallDisk() {
  const directory = await mkdtemp(join(tmpdir(), 'gateway-full-upload-'));
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', directory]).then(
    () => true,
    () => false,
  );
  const remove = async (): Promise<void> => {
    if (mounted) await run('umount', ['-l', directory]);
    await rm(directory, { recursive: true });
  };
  if (mounted) return { directory, [Symbol.asyncDispose]: remove };
  await remove();
  return null;
}

test(
  'a full disk fails a piece, keeps what counted, and the upload goes on when there is room',
  TIMEOUT,
  async (context) => {
    await using disk = await openSmallDisk();
    if (disk === null) return context.skip('this user may not mount a small disk');
    await using deployment = await openDeployment({ postgresUrl, dataDir: disk.directory });
    await using gateway = await spawnGateway(deployment);
    const ballast = join(disk.directory, 'ballast');
    await writeFile(ballast, Buffer.alloc(8_000_000));
    const tus = await openClient(gateway);
    const url = await begin(tus, 'full');
    expect(await tus.patch(url, 0, CONTENT.subarray(0, 3_000_000))).toMatchObject({ status: 204 });
    expect(await tus.patch(url, 3_000_000, CONTENT.subarray(3_000_000))).toMatchObject({
      status: 500,
      code: 'internal',
    });
    const { offset } = await tus.head(url);
    expect(Number(offset)).toBeGreaterThanOrEqual(3_000_000);
    await rm(ballast);
    expect(await tus.patch(url, Number(offset), CONTENT.subarray(Number(offset)))).toMatchObject({ status: 204 });
    expect(await find(tus, 'full')).toMatchObject({ sha256: sha256Of(CONTENT) });
    await end(deployment, gateway);
  },
);
