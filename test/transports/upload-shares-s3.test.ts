// Uploads of one account into S3 that hold the memory of their parts: another account's go on, and the metrics tell.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { readMetrics } from '../support/transports/observing.ts';

/** More than one account may have parts in memory. */
const HELD = 34;
const PARTS = 28;
/** More than an upload gathers before it needs a part. */
const BEGUN_BYTES = 300_000;
const HEAD =
  '--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n';

describe.for(inject('s3Servers').filter(({ faithful }) => faithful))('uploads into $name', (server) => {
  let gateway: Gateway;
  beforeAll(async () => {
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ENDPOINT_URL_S3', server.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', server.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', server.secretAccessKey);
    gateway = await startGateway({ S3_BUCKET: `test-${randomUUID()}`, S3_FORCE_PATH_STYLE: 'true' });
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await gateway?.[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
  });
  const sockets: Socket[] = [];

  async function beginUpload(token: string): Promise<void> {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    await once(socket, 'connect');
    const fields = [
      'POST /v1/resources HTTP/1.1',
      `Host: ${hostname}`,
      `Authorization: Bearer ${token}`,
      'Content-Type: multipart/form-data; boundary=x',
      'Content-Length: 10000000',
    ];
    socket.write(`${fields.join('\r\n')}\r\n\r\n${HEAD}`);
    socket.write(Buffer.alloc(BEGUN_BYTES));
  }

  test('that hold all parts of one account leave another its own', async () => {
    const greedy = await gateway.token({ account: 'greedy' });
    await Promise.all(Array.from({ length: HELD }, () => beginUpload(greedy)));
    const partsOf = async (what: string) => (await readMetrics(gateway)).get(`gateway_slots_${what}{slots="s3_parts"}`);
    await expect.poll(() => partsOf('in_use'), { timeout: 10_000 }).toBe(PARTS);
    await expect.poll(() => partsOf('waiting'), { timeout: 10_000 }).toBe(HELD - PARTS);

    const form = new FormData();
    form.set('name', 'large.bin');
    form.set('directory_path', '/');
    form.set('file', new Blob([Buffer.alloc(12_000_000)]), 'large.bin');
    const authorization = `Bearer ${await gateway.token({ account: 'other' })}`;
    const answer = await fetch(`${gateway.url}/v1/resources`, {
      method: 'POST',
      headers: { authorization },
      body: form,
    });
    expect(answer.status).toBe(200);
    expect(await partsOf('in_use')).toBe(PARTS);

    for (const socket of sockets) socket.destroy();
    await expect.poll(() => partsOf('in_use'), { timeout: 10_000 }).toBe(0);
  });
});
