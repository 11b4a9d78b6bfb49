// Uploads that pass the gateway by: their parts go into the bucket, and what counts is what the store has.
import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, inject, test } from 'vitest';
import { type GatewayProcess, spawnGateway } from '../support/acceptance/process.ts';
import { expectSweptClean } from '../support/durability/audit.ts';
import { type Deployment, openDeployment } from '../support/durability/deployment.ts';
import { openChecksumStore } from '../support/servers/checksum-store.ts';
import { openRelay } from '../support/servers/relay.ts';
import { sha256Of } from '../support/tus/client.ts';
import { createDirectClient, type DirectClient, partOf, putPart } from '../support/uploads/direct.ts';

const postgresUrl = inject('postgresUrl');
const faithful = inject('s3Servers').filter(({ faithful }) => faithful);
const TIMEOUT = { timeout: 120_000 };
const MEBIBYTE = 1024 * 1024;
const KILLS = 3;
const place = (name: string) => ({ name, directory_path: '/direct' });

const openClient = async (gateway: GatewayProcess) => createDirectClient(gateway.url, await gateway.token());

/** Sends these parts, at once; each has to be taken. */
async function sendParts(
  client: DirectClient,
  upload: { id: string; part_size_bytes: number },
  { bytes, numbers }: { bytes: Uint8Array; numbers: readonly number[] },
): Promise<void> {
  const signed = await client.sign(upload.id, numbers);
  const statuses = await Promise.all(signed.map((part) => putPart(part, partOf(bytes, part.number, upload))));
  expect(new Set(statuses)).toEqual(new Set([200]));
}

async function end(deployment: Deployment, ...gateways: GatewayProcess[]): Promise<void> {
  for (const gateway of gateways) await gateway.stop();
  await expectSweptClean(deployment);
}

describe.each(faithful)('with $name', (s3) => {
  test('300 MB in parts, side by side, one sent twice, one lost, the answer to the end lost and asked for again', {
    timeout: 240_000,
  }, async () => {
    await using relay = await openRelay(s3.endpoint);
    await using deployment = await openDeployment({ postgresUrl, s3: { ...s3, relayedEndpoint: relay.endpoint } });
    await using gateway = await spawnGateway(deployment);
    const client = await openClient(gateway);
    const bytes = randomBytes(300_000_000);
    const upload = await client.begin({ size_bytes: bytes.length, resource: place('large') });
    expect(upload).toMatchObject({ method: 'direct', state: 'open', part_size_bytes: 8 * MEBIBYTE, tus_url: null });
    const count = Math.ceil(bytes.length / upload.part_size_bytes);
    const numbers = Array.from({ length: count }, (_, index) => index + 1);

    const [first] = await client.sign(upload.id, [1]);
    if (first === undefined) throw new Error('part 1 was not signed');
    expect(await putPart(first, randomBytes(upload.part_size_bytes))).toBe(200);
    await sendParts(client, upload, { bytes, numbers: numbers.filter((number) => number !== 7) });
    // Another process knows as much.
    await using other = await spawnGateway(deployment);
    const there = createDirectClient(other.url, client.token);
    expect(await there.received(upload.id)).toHaveLength(count - 1);
    const early = await there.complete(upload.id);
    expect(early).toMatchObject({
      status: 400,
      json: { error: `the upload lacks 1 of its ${count} parts: 7; send what is missing first` },
    });
    await sendParts(there, upload, { bytes, numbers: [7] });

    relay.loseAnswerOf(({ method, url = '' }) => method === 'POST' && url.includes('uploadId='), 'NoSuchUpload');
    const answers = await Promise.all([client.complete(upload.id), there.complete(upload.id)]);
    for (const answer of [...answers, await there.complete(upload.id)]) {
      expect(answer).toMatchObject({ status: 200, json: { name: 'large', sha256: sha256Of(bytes) } });
    }
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    // Its address is worth nothing any more.
    expect(await putPart(first, randomBytes(upload.part_size_bytes))).toBe(404);
    await end(deployment, gateway, other);
  });

  test('the store takes no part of another size, and none without its signature', TIMEOUT, async () => {
    await using deployment = await openDeployment({ postgresUrl, s3 });
    await using gateway = await spawnGateway(deployment);
    const client = await openClient(gateway);
    const bytes = randomBytes(1000);
    const upload = await client.begin({ size_bytes: bytes.length });
    const [part] = await client.sign(upload.id, [1]);
    if (part === undefined) throw new Error('part 1 was not signed');
    expect(await putPart(part, bytes.subarray(1))).toBe(403);
    expect(await putPart(part, randomBytes(1001))).toBe(403);
    expect(await putPart({ ...part, url: part.url.replace('partNumber=1', 'partNumber=2') }, bytes)).toBe(403);
    expect(await client.received(upload.id)).toEqual([]);
    expect(await putPart(part, bytes)).toBe(200);
    expect(await client.received(upload.id)).toEqual([{ number: 1, size_bytes: 1000 }]);
    expect(await client.complete(upload.id)).toMatchObject({ status: 200, json: { state: 'complete', offset: 1000 } });
    await client.send('DELETE', `/${upload.id}`);
    await end(deployment, gateway);
  });

  test('an empty content is there at once', TIMEOUT, async () => {
    await using deployment = await openDeployment({ postgresUrl, s3 });
    await using gateway = await spawnGateway(deployment);
    const client = await openClient(gateway);
    const upload = await client.begin({ size_bytes: 0, resource: place('empty') });
    expect(await client.complete(upload.id)).toMatchObject({
      status: 200,
      json: { size_bytes: 0, sha256: sha256Of(Buffer.alloc(0)) },
    });
    await end(deployment, gateway);
  });

  test('bytes that are not what was announced are refused at the end, and removed', TIMEOUT, async () => {
    await using deployment = await openDeployment({ postgresUrl, s3 });
    await using gateway = await spawnGateway(deployment);
    const client = await openClient(gateway);
    const bytes = randomBytes(1000);
    const upload = await client.begin({ size_bytes: 1000, expected_sha256: 'a'.repeat(64), resource: place('lie') });
    await sendParts(client, upload, { bytes, numbers: [1] });
    for (let repeat = 0; repeat < 2; repeat += 1) {
      const answer = await client.complete(upload.id);
      expect(answer.status).toBe(400);
      expect(answer.json.error).toContain(sha256Of(bytes));
    }
    expect((await client.send('GET', `/${upload.id}`)).json).toMatchObject({ state: 'failed', resource_id: null });
    expect(await deployment.store.list()).toEqual([]);
    expect(await deployment.store.leftovers()).toEqual([]);
    await end(deployment, gateway);
  });

  test('one that nobody completes is completed unasked, one that lacks a part is not', TIMEOUT, async () => {
    await using deployment = await openDeployment({ postgresUrl, s3 });
    await using gateway = await spawnGateway({ ...deployment, env: { ...deployment.env, SWEEP_INTERVAL_MS: '300' } });
    const client = await openClient(gateway);
    const bytes = randomBytes(1000);
    const whole = await client.begin({ size_bytes: 1000, resource: place('forgotten') });
    const none = await client.begin({ size_bytes: 1000, resource: place('never-sent') });
    await sendParts(client, whole, { bytes, numbers: [1] });
    // Ten minutes, which a test does not wait.
    await deployment.query('update uploads set due_at = now()');
    const state = async ({ id }: { id: string }) => (await client.send('GET', `/${id}`)).json.state;
    await expect.poll(() => state(whole), { timeout: 20_000 }).toBe('consumed');
    expect(await state(none)).toBe('open');
    await client.send('DELETE', `/${none.id}`);
    await end(deployment, gateway);
  });

  test('a gateway killed at any instant of the completion leaves what the next one completes', TIMEOUT, async () => {
    await using deployment = await openDeployment({ postgresUrl, s3 });
    await using other = await spawnGateway(deployment);
    for (let round = 0; round < KILLS; round += 1) {
      await using dying = await spawnGateway(deployment);
      const client = createDirectClient(dying.url, await other.token());
      const there = createDirectClient(other.url, client.token);
      const bytes = randomBytes(60 * MEBIBYTE);
      const upload = await client.begin({ size_bytes: bytes.length, resource: place(`killed-${round}`) });
      await sendParts(client, upload, { bytes, numbers: [1] });
      const lost = client.complete(upload.id).catch(() => null);
      // It takes some 300 ms, first in the store, then reading back.
      await new Promise((resolve) => setTimeout(resolve, randomInt(0, 400)));
      await dying.stop('SIGKILL');
      const heard = await lost;
      const [answer, again] = [await there.complete(upload.id), await there.complete(upload.id)];
      expect(answer).toMatchObject({ status: 200, json: { sha256: sha256Of(bytes), name: `killed-${round}` } });
      expect(again).toEqual(answer);
      if (heard !== null) expect(heard).toEqual(answer);
    }
    expect(await deployment.query(`select from resources`)).toHaveLength(KILLS);
    await end(deployment, other);
  });

  test('nothing is left of one that has expired or was cancelled', TIMEOUT, async () => {
    await using deployment = await openDeployment({ postgresUrl, s3 });
    const env = { ...deployment.env, UPLOAD_TTL: '3', SWEEP_INTERVAL_MS: '300' };
    await using gateway = await spawnGateway({ ...deployment, env });
    const client = await openClient(gateway);
    const bytes = randomBytes(10 * MEBIBYTE);
    const uploads = [
      await client.begin({ size_bytes: 100 * MEBIBYTE }),
      await client.begin({ size_bytes: bytes.length }),
      await client.begin({ size_bytes: 100 * MEBIBYTE }),
    ] as const;
    await sendParts(client, uploads[0], { bytes, numbers: [1] });
    await sendParts(client, uploads[2], { bytes, numbers: [1] });
    expect(await deployment.store.leftovers()).toHaveLength(3);
    expect(await client.send('DELETE', `/${uploads[2].id}`)).toMatchObject({ status: 200, json: { cancelled: 1 } });
    expect(await deployment.store.leftovers()).toHaveLength(2);
    await expect.poll(() => deployment.query('select from uploads'), { timeout: 30_000 }).toEqual([]);
    await expect.poll(() => deployment.store.leftovers()).toEqual([]);
    await end(deployment, gateway);
  });

  test('as a source it is taken once, and its bytes are not copied', TIMEOUT, async () => {
    await using deployment = await openDeployment({ postgresUrl, s3 });
    await using gateway = await spawnGateway(deployment);
    const client = await openClient(gateway);
    const bytes = randomBytes(MEBIBYTE);
    const upload = await client.begin({ size_bytes: bytes.length });
    await sendParts(client, upload, { bytes, numbers: [1] });
    expect(await client.complete(upload.id)).toMatchObject({ status: 200, json: { state: 'complete' } });
    const before = await deployment.store.list();
    const create = (name: string) =>
      fetch(`${gateway.url}/v1/resources`, {
        method: 'POST',
        headers: { authorization: `Bearer ${client.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...place(name), uri: `upload:${upload.id}` }),
      });
    expect(await (await create('source')).json()).toMatchObject({ sha256: sha256Of(bytes), original_uri: null });
    expect((await create('again')).status).toBe(400);
    expect(await deployment.store.list()).toEqual(before);
    await end(deployment, gateway);
  });

  describe('that proves checksums', () => {
    test('content whose sha256 is known is one part, bound to it, and read by nobody', TIMEOUT, async () => {
      await using store = await openChecksumStore(s3.endpoint);
      await using deployment = await openDeployment({ postgresUrl, s3: { ...s3, relayedEndpoint: store.endpoint } });
      await using gateway = await spawnGateway({ ...deployment, env: { ...deployment.env, INLINE_MAX_BYTES: '0' } });
      const client = await openClient(gateway);
      const bytes = randomBytes(70 * MEBIBYTE);
      const sha256 = sha256Of(bytes);
      const upload = await client.begin({
        size_bytes: bytes.length,
        expected_sha256: sha256,
        resource: place('proven'),
      });
      expect(upload.part_size_bytes).toBe(bytes.length);
      const [part] = await client.sign(upload.id, [1]);
      if (part === undefined) throw new Error('part 1 was not signed');
      expect(part.headers).toEqual({ 'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64') });
      expect(await putPart(part, randomBytes(bytes.length))).toBe(400);
      // Nor by a sender that says what it sends, since the address is bound to what was announced.
      const other = randomBytes(bytes.length);
      const lie = { 'x-amz-checksum-sha256': Buffer.from(sha256Of(other), 'hex').toString('base64') };
      expect(await putPart({ ...part, headers: lie }, other)).toBe(403);
      expect(await putPart({ ...part, headers: {} }, other)).toBe(403);
      expect(await putPart(part, bytes)).toBe(200);
      expect(await client.complete(upload.id)).toMatchObject({ status: 200, json: { sha256, name: 'proven' } });
      // Its first bytes tell its type.
      expect(store.readBytes()).toBeLessThan(10_000);
      await end(deployment, gateway);
    });

    test('several parts are read once', TIMEOUT, async () => {
      await using store = await openChecksumStore(s3.endpoint);
      await using deployment = await openDeployment({ postgresUrl, s3: { ...s3, relayedEndpoint: store.endpoint } });
      await using gateway = await spawnGateway(deployment);
      const client = await openClient(gateway);
      const bytes = randomBytes(70 * MEBIBYTE);
      const upload = await client.begin({ size_bytes: bytes.length, resource: place('read') });
      const numbers = Array.from({ length: Math.ceil(bytes.length / upload.part_size_bytes) }, (_, index) => index + 1);
      await sendParts(client, upload, { bytes, numbers });
      expect(await client.complete(upload.id)).toMatchObject({ status: 200, json: { sha256: sha256Of(bytes) } });
      expect(store.readBytes()).toBeGreaterThanOrEqual(bytes.length);
      expect(store.readBytes()).toBeLessThan(bytes.length + 10_000);
      await end(deployment, gateway);
    });
  });
});
