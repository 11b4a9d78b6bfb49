// The clients that people use, unchanged.
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { Readable } from 'node:stream';
import * as tus from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { BRINGING_MS } from '../support/tool.ts';
import { sha256Of, uploadByTus } from '../support/tus/client.ts';
import { openFrontDoor } from '../support/tus/front-door.ts';
import { loadUppy } from '../support/tus/uppy.ts';

let gateway: Gateway;
let headers: { [name: string]: string };
beforeAll(async () => {
  gateway = await startGateway();
  headers = { authorization: `Bearer ${await gateway.token()}` };
});
afterAll(() => gateway[Symbol.asyncDispose]());

const CONTENT = randomBytes(3_000_000);
const endpoint = () => `${gateway.url}/v1/tus`;
const readResource = async (id: string | undefined) =>
  (await (await fetch(`${gateway.url}/v1/resources/${id}`, { headers })).json()) as { [key: string]: unknown };

describe('tus-js-client', () => {
  it.each([
    { says: 'in one request', options: {} },
    { says: 'in pieces', options: { chunkSize: 700_001 } },
    { says: 'with the creation', options: { uploadDataDuringCreation: true } },
    { says: 'in pieces that begin with the creation', options: { chunkSize: 700_001, uploadDataDuringCreation: true } },
    { says: 'by POST alone', options: { overridePatchMethod: true, chunkSize: 1_000_000 } },
  ])('uploads $says and learns the resource', async ({ says, options }) => {
    const metadata = { name: says, directory_path: '/client', filetype: 'application/x-client' };
    const { resourceId } = await uploadByTus(CONTENT, { endpoint: endpoint(), headers, metadata, ...options });
    expect(await readResource(resourceId)).toMatchObject({
      name: says,
      sha256: sha256Of(CONTENT),
      size_bytes: CONTENT.length,
      mime_type: 'application/x-client',
    });
  });

  it('uploads a stream whose length it learns at its end', async () => {
    const source = Readable.from([CONTENT.subarray(0, 1_000_000), CONTENT.subarray(1_000_000)], { objectMode: false });
    const metadata = { name: 'deferred', directory_path: '/client' };
    const { resourceId } = await uploadByTus(source as never, {
      endpoint: endpoint(),
      headers,
      metadata,
      chunkSize: 700_001,
      uploadLengthDeferred: true,
    });
    expect(await readResource(resourceId)).toMatchObject({ sha256: sha256Of(CONTENT) });
  });

  it('uploads an empty file', async () => {
    const metadata = { name: 'empty', directory_path: '/client' };
    await uploadByTus(Buffer.alloc(0), { endpoint: endpoint(), headers, metadata });
    const found = await fetch(`${gateway.url}/v1/resources/by-path?directory_path=/client&name=empty`, { headers });
    expect(await found.json()).toMatchObject({ size_bytes: 0 });
  });

  it('goes on by itself when its connection is cut again and again', async () => {
    await using door = await openFrontDoor({ cutAfterBytes: () => randomInt(2_000_000, 6_000_000) });
    door.openTo(gateway.url);
    const metadata = { name: 'cut', directory_path: '/client' };
    const content = randomBytes(20_000_000);
    const { resourceId } = await uploadByTus(content, {
      endpoint: `${door.url}/v1/tus`,
      headers,
      metadata,
      retryDelays: [0, 10, 50, 100, 100],
    });
    expect(door.cuts()).toBeGreaterThan(3);
    expect(await readResource(resourceId)).toMatchObject({ sha256: sha256Of(content) });
  });

  it('ends an upload that it terminates', async () => {
    const url = await new Promise<string>((resolve, reject) => {
      const upload = new tus.Upload(CONTENT, {
        endpoint: endpoint(),
        headers,
        chunkSize: 100_000,
        onChunkComplete: () => void upload.abort(true).then(() => resolve(upload.url ?? ''), reject),
        onError: reject,
      });
      upload.start();
    });
    expect((await fetch(url, { method: 'HEAD', headers: { ...headers, 'tus-resumable': '1.0.0' } })).status).toBe(404);
  });

  it('reports an error when the name has been taken meanwhile, not a success', async () => {
    const metadata = { name: 'taken', directory_path: '/client' };
    const options = { endpoint: endpoint(), headers, metadata, chunkSize: 1_000_000, retryDelays: [0, 0, 0] };
    const first = uploadByTus(CONTENT, options);
    const second = uploadByTus(CONTENT, options);
    const outcomes = await Promise.allSettled([first, second]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(String(refused?.reason)).toContain('422');
  });

  it('reports a refused token', async () => {
    const uploading = uploadByTus(CONTENT, { endpoint: endpoint(), headers: { authorization: 'Bearer x' } });
    await expect(uploading).rejects.toThrow('401');
  });
});

describe('@uppy/tus', () => {
  it(
    'uploads what a page has added, with the metadata that Uppy always sends',
    async () => {
      const { Uppy, UppyTus } = await loadUppy();
      const uppy = new Uppy({ meta: { directory_path: '/uppy', tags: '["u"]' } });
      uppy.use(UppyTus, { endpoint: endpoint(), headers, chunkSize: 1_000_000 });
      uppy.addFile({
        name: 'from uppy.bin',
        type: 'application/x-uppy',
        data: CONTENT as never,
        size: CONTENT.length,
        source: 'Local',
      });
      const result = await uppy.upload();
      expect(result?.failed).toEqual([]);
      const found = await fetch(`${gateway.url}/v1/resources/by-path?directory_path=/uppy&name=from%20uppy.bin`, {
        headers,
      });
      expect(await found.json()).toMatchObject({
        sha256: createHash('sha256').update(CONTENT).digest('hex'),
        mime_type: 'application/x-uppy',
        tags: ['u'],
      });
      uppy.destroy();
    },
    BRINGING_MS,
  );
});
