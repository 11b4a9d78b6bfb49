// @uppy/aws-s3 as it is, in a real browser, with parts that go to the store and all else that goes to the gateway.
import { resolve } from 'node:path';
import { PutBucketCorsCommand, S3Client } from '@aws-sdk/client-s3';
import { build, type Rollup } from 'vite';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { type GatewayProcess, spawnGateway } from '../support/acceptance/process.ts';
import { expectSweptClean } from '../support/durability/audit.ts';
import { openDeployment } from '../support/durability/deployment.ts';
import { openExample } from '../support/examples/example-project.ts';
import { servePage } from '../support/examples/page-server.ts';
import { findBrowser, openPage } from '../support/rest/browser.ts';
import type { S3Server } from '../support/servers/s3.setup.ts';
import { BRINGING_MS, runTool } from '../support/tool.ts';
import { openFrontDoor } from '../support/tus/front-door.ts';
import { createDirectClient } from '../support/uploads/direct.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../examples/uppy-s3');
const postgresUrl = inject('postgresUrl');
const browser = findBrowser();
const MEBIBYTE = 1024 * 1024;

/** As a project's bundler does it. */
async function bundle(): Promise<string> {
  const output = (await build({
    configFile: false,
    logLevel: 'silent',
    root: EXAMPLE,
    build: { write: false, minify: false, lib: { entry: 'uploader.js', formats: ['es'], fileName: 'uploader' } },
  })) as Rollup.RollupOutput[];
  const [chunk] = output[0]?.output ?? [];
  if (chunk === undefined) throw new Error('nothing was bundled');
  return chunk.code;
}

/** What docs/uploads.md asks of a bucket. */
async function allowPages({ endpoint, accessKeyId, secretAccessKey }: S3Server, Bucket: string): Promise<void> {
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  const CORSRules = [
    {
      AllowedOrigins: ['*'],
      AllowedMethods: ['PUT'],
      AllowedHeaders: ['*'],
      ExposeHeaders: ['ETag'],
      MaxAgeSeconds: 60,
    },
  ];
  await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
  client.destroy();
}

beforeAll(() => runTool('examples/uppy-s3'), BRINGING_MS);

test('the module compiles strictly', async () => {
  await using project = await openExample('uppy-s3', { packages: ['@uppy/core', '@uppy/aws-s3'] });
  expect(await project.compile()).toBe('');
});

describe.each(inject('s3Servers').filter(({ faithful }) => faithful))('with $name', (s3) => {
  test('300 MB reach the bucket in parts, through the death of a gateway', { timeout: 240_000 }, async (context) => {
    if (browser === null) return context.skip('needs Chromium or Chrome');
    await using deployment = await openDeployment({ postgresUrl, s3 });
    await using door = await openFrontDoor();
    await using cleanup = new AsyncDisposableStack();
    let gateway: GatewayProcess = cleanup.use(await spawnGateway(deployment));
    door.openTo(gateway.url);
    await allowPages(s3, deployment.env.S3_BUCKET ?? '');
    const token = await gateway.token();
    await using server = await servePage({ 'index.html': '<title>Uppy</title>', 'uploader.js': await bundle() });
    await using page = await openPage(browser, { url: `${server.url}/index.html`, width: 800, height: 600 });

    const uploading = page.evaluate(`(async () => {
      const { createUploader } = await import('/uploader.js');
      const bytes = new Uint8Array(${MEBIBYTE});
      for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
      const pieces = Array.from({ length: 300 }, (_, index) => { const piece = bytes.slice(); piece[0] = index; return piece; });
      const file = new File(pieces, 'film.bin', { type: 'application/x-film' });
      const uppy = createUploader(${JSON.stringify({ gateway: door.url, token, directoryPath: '/uppy' })});
      uppy.addFile({ name: file.name, type: file.type, data: file, source: 'Local' });
      let failures = 0;
      let result = await uppy.upload();
      // As a page does whose user presses "try again".
      for (; result.failed.length > 0 && failures < 100; failures += 1) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        result = await uppy.retryAll();
      }
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
      return {
        failures,
        error: result.failed[0]?.error ?? null,
        address: result.successful[0]?.uploadURL ?? null,
        sha256: Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join(''),
      };
    })()`);

    const client = createDirectClient(gateway.url, token);
    const received = async () => {
      const [row] = await deployment.query<{ id: string }>('select id from uploads');
      return row === undefined ? 0 : (await client.received(row.id)).length;
    };
    await expect.poll(received, { timeout: 60_000 }).toBeGreaterThan(5);
    expect(await gateway.stop('SIGKILL')).toBe('SIGKILL');
    gateway = cleanup.use(await spawnGateway(deployment));
    door.openTo(gateway.url);

    const uploaded = (await uploading) as { failures: number; error: string; address: string; sha256: string };
    expect(uploaded).toMatchObject({ error: null, address: expect.stringContaining('/v1/resources/') });
    expect(uploaded.failures).toBeGreaterThan(0);
    const path = new URL(uploaded.address).pathname;
    const found = await fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    expect(await found.json()).toMatchObject({
      name: 'film.bin',
      directory_path: '/uppy',
      size_bytes: 300 * MEBIBYTE,
      sha256: uploaded.sha256,
    });
    expect(await deployment.store.leftovers()).toEqual([]);
    await gateway.stop();
    await expectSweptClean(deployment);
  });
});
