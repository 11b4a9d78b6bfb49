import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import type { S3Server } from '../support/servers/s3.setup.ts';
import { largeBytes, putFile, send } from '../support/transports/downloading.ts';

function startOn(server: S3Server, env: NodeJS.ProcessEnv = {}): Promise<Gateway> {
  // The SDK reads the process's environment itself; every test here uses the same server.
  process.env.AWS_REGION = 'us-east-1';
  process.env.AWS_ENDPOINT_URL_S3 = server.endpoint;
  process.env.AWS_ACCESS_KEY_ID = server.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = server.secretAccessKey;
  return startGateway({ S3_BUCKET: `test-${randomUUID()}`, S3_FORCE_PATH_STYLE: 'true', ...env });
}

async function askUrl(gateway: Gateway, input: { id: string; disposition?: 'inline' }): Promise<string> {
  const response = await fetch(
    `${gateway.url}/trpc/resource.downloadUrl?input=${encodeURIComponent(JSON.stringify(input))}`,
    { headers: { authorization: `Bearer ${await gateway.token()}` } },
  );
  return JSON.parse(await response.text()).result.data.url;
}

describe.for(inject('s3Servers').filter(({ faithful }) => faithful))('downloads from $name', (server) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startOn(server, { INLINE_MAX_BYTES: '100' });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  test('pass through the gateway whole and in ranges', async () => {
    const { id, bytes } = await putFile(gateway, largeBytes());
    const headers = { authorization: `Bearer ${await gateway.token()}` };
    const url = `${gateway.url}/v1/resources/${id}/content`;
    expect((await send(url, { headers })).body.equals(bytes)).toBe(true);
    const part = await send(url, { headers: { ...headers, range: 'bytes=1000000-2000000' } });
    expect(part.status).toBe(206);
    expect(part.body.equals(bytes.subarray(1_000_000, 2_000_001))).toBe(true);
  });

  test('have an address at the store itself, with the name, type and disposition of the resource', async () => {
    const { id, bytes } = await putFile(gateway, largeBytes(), { name: 'naïve "1".png', mimeType: 'image/png' });
    const url = await askUrl(gateway, { id });
    expect(url.startsWith(`${server.endpoint}/`)).toBe(true);
    expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('900');
    const { status, headers, body } = await send(url);
    expect(status, String(body.subarray(0, 500))).toBe(200);
    expect(body.equals(bytes)).toBe(true);
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': 'attachment; filename="na_ve _1_.png"; filename*=UTF-8\'\'na%C3%AFve%20%221%22.png',
    });
    expect((await send(await askUrl(gateway, { id, disposition: 'inline' }))).headers['content-disposition']).toMatch(
      /^inline/,
    );
    expect((await send(url, { headers: { range: 'bytes=0-9' } })).body.equals(bytes.subarray(0, 10))).toBe(true);
  });

  test('are refused by the store when their address was changed', async () => {
    const html = await putFile(gateway, largeBytes(), { mimeType: 'text/html' });
    const url = new URL(await askUrl(gateway, { id: html.id, disposition: 'inline' }));
    expect((await send(url.href)).headers['content-disposition']).toMatch(/^attachment/);
    url.searchParams.set('response-content-disposition', 'inline');
    expect((await send(url.href)).status).toBe(403);
  });

  test('have an address of the gateway when the content lives in the database', async () => {
    const { id, bytes } = await putFile(gateway, Buffer.from('small'));
    const url = await askUrl(gateway, { id });
    expect(url.startsWith(gateway.url)).toBe(true);
    expect((await send(url)).body.equals(bytes)).toBe(true);
  });

  test('have an address of the gateway when the store is hidden from those who download', async () => {
    await using hidden = await startOn(server, { S3_PRESIGN: 'false' });
    const { id, bytes } = await putFile(hidden, largeBytes());
    const url = await askUrl(hidden, { id });
    expect(url.startsWith(hidden.url)).toBe(true);
    expect((await send(url)).body.equals(bytes)).toBe(true);
  });
});
