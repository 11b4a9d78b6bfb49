// Direct uploads in every transport: the same words, the same answers. How their bytes fare is test/durability's.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { send } from '../support/transports/change-transports.ts';
import { UPLOAD_TRANSPORTS } from '../support/transports/upload-transports.ts';
import { sha256Of } from '../support/tus/client.ts';
import { putPart, type Signed } from '../support/uploads/direct.ts';

describe.each(inject('s3Servers').filter(({ faithful }) => faithful))('with $name', (s3) => {
  let gateway: Gateway;
  beforeAll(async () => {
    // The SDK reads the process's environment itself; every test here uses the same server.
    process.env.AWS_REGION = 'us-east-1';
    process.env.AWS_ENDPOINT_URL_S3 = s3.endpoint;
    process.env.AWS_ACCESS_KEY_ID = s3.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = s3.secretAccessKey;
    gateway = await startGateway({ S3_BUCKET: `test-${crypto.randomUUID()}`, S3_FORCE_PATH_STYLE: 'true' });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  const open = async () => ({ url: gateway.url, token: await gateway.token({ account: crypto.randomUUID() }) });
  const input = { sizeBytes: 1000, method: 'direct', resource: { name: 'a.bin', directoryPath: '/direct' } };

  test.each(UPLOAD_TRANSPORTS)('$name takes an upload from its beginning to its end', async ({ call }) => {
    const target = await open();
    const bytes = randomBytes(1000);
    const begun = await call('create', input, target);
    expect(begun.value).toMatchObject({
      method: 'direct',
      state: 'open',
      partSizeBytes: 1000,
      tusUrl: null,
      offset: 0,
    });
    const { id } = begun.value as { id: string };
    const signed = await call('parts', { id, numbers: [1] }, target);
    expect(signed.value).toEqual({
      parts: [{ number: 1, url: expect.stringContaining('partNumber=1'), headers: {}, expiresAt: expect.any(String) }],
    });
    const [part] = (signed.value as { parts: [Signed] }).parts;
    expect((await call('receivedParts', { id }, target)).value).toEqual({ parts: [] });
    expect((await call('complete', { id }, target)).message).toBe(
      'the upload lacks 1 of its 1 parts: 1; send what is missing first',
    );
    expect(await putPart(part, bytes)).toBe(200);
    expect((await call('receivedParts', { id }, target)).value).toEqual({ parts: [{ number: 1, sizeBytes: 1000 }] });
    for (let repeat = 0; repeat < 2; repeat += 1) {
      const { value } = await call('complete', { id }, target);
      expect(value).toMatchObject({ name: 'a.bin', sha256: sha256Of(bytes), sizeBytes: 1000, originalUri: null });
    }
    expect(await call('parts', { id, numbers: [1] }, target)).toMatchObject({
      kind: 'bad_request',
      message: 'the upload takes no more parts; it has ended',
    });
  });

  test.each(UPLOAD_TRANSPORTS)('$name refuses what makes no sense', async ({ call }) => {
    const target = await open();
    const { sizeBytes: _, ...unsized } = input;
    expect((await call('create', unsized, target)).message).toMatch(/^size_?[bB]ytes is required for a direct upload$/);
    const { value } = await call('create', input, target);
    const { id } = value as { id: string };
    for (const numbers of [[0], [2], [1, -1]]) {
      expect(await call('parts', { id, numbers }, target)).toMatchObject({
        kind: 'bad_request',
        message: 'numbers must be from 1 to 1, as many parts as the upload has',
      });
    }
    const many = Array.from({ length: 101 }, () => 1);
    expect(await call('parts', { id, numbers: many }, target)).toMatchObject({ message: /1–100/ });
    const other = await open();
    for (const operation of ['parts', 'receivedParts', 'complete'] as const) {
      const asked = operation === 'parts' ? { id, numbers: [1] } : { id };
      expect(await call(operation, asked, other)).toMatchObject({ kind: 'not_found' });
    }
  });

  test('the words of S3 tell of the same upload, and refuse what REST refuses, in the same sentences', async () => {
    const target = await open();
    const bytes = randomBytes(1000);
    const { id } = (await send('POST', '/v1/uploads', { ...target, body: { size_bytes: 1000, method: 'direct' } }))
      .json;
    const say = async (line: string, token: string | null = target.token) => {
      const [method = '', query = ''] = line.split(' ');
      const headers = token === null ? {} : { authorization: `Bearer ${token}` };
      const response = await fetch(`${gateway.url}/v1/uploads/${id}/s3${query}`, { method, headers });
      return { status: response.status, type: response.headers.get('content-type'), xml: await response.text() };
    };
    expect(await say('POST ?uploads')).toMatchObject({
      status: 200,
      type: 'application/xml',
      xml: expect.stringContaining(`<UploadId>${id}</UploadId></InitiateMultipartUploadResult>`),
    });
    expect((await say('GET')).xml).toContain('<IsTruncated>false</IsTruncated></ListPartsResult>');
    expect(await say(`POST ?uploadId=${id}`)).toMatchObject({
      status: 400,
      type: 'application/xml',
      xml: expect.stringContaining(
        '<Code>invalid_input</Code><Message>the upload lacks 1 of its 1 parts: 1; send what is missing first</Message>',
      ),
    });
    const [part] = (await send('POST', `/v1/uploads/${id}/parts`, { ...target, body: { numbers: [1] } })).json.parts;
    expect(await putPart(part, bytes)).toBe(200);
    expect((await say('GET')).xml).toContain(
      '<Part><PartNumber>1</PartNumber><ETag>"1"</ETag><Size>1000</Size></Part>',
    );
    for (let repeat = 0; repeat < 2; repeat += 1) {
      const { xml } = await say(`POST ?uploadId=${id}`);
      expect(xml).toContain(`<Location>${gateway.url}/v1/uploads/${id}</Location><Key>${id}</Key>`);
      expect(xml).toContain(sha256Of(bytes));
    }
    expect((await say('POST')).status).toBe(400);
    expect((await say('POST ?uploadId=another')).status).toBe(404);
    expect((await say('GET', null)).status).toBe(401);
    for (const line of ['GET', 'POST ?uploads', `POST ?uploadId=${id}`]) {
      expect(await say(line, (await open()).token), line).toMatchObject({
        status: 404,
        xml: expect.stringContaining('<Message>no upload with this id exists in your account; it may have expired<'),
      });
    }
    expect((await say('DELETE', (await open()).token)).status).toBe(204);
    expect((await send('GET', `/v1/uploads/${id}`, target)).json).toMatchObject({ state: 'complete' });
    expect((await say('DELETE')).status).toBe(204);
    expect((await send('GET', `/v1/uploads/${id}`, target)).status).toBe(404);
  });
});
