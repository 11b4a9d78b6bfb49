import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BROWSER, openBrowser, signIn, WHY_SKIPPED } from '../support/console/browser.ts';
import { dropFiles } from '../support/console/drop.ts';
import { startGateway } from '../support/gateway.ts';

const FILES = 2_000;
const FOLDERS = 20;

describe.skipIf(BROWSER === null)(`uploading in the console${WHY_SKIPPED}`, () => {
  test('two thousand files come up whole although the gateway restarts in the middle', {
    timeout: 300_000,
  }, async () => {
    await using cleanup = new AsyncDisposableStack();
    const { path: source } = cleanup.use(await mkdtempDisposable(join(tmpdir(), 'folder-')));
    const { path: dataDir } = cleanup.use(await mkdtempDisposable(join(tmpdir(), 'gateway-')));
    for (let folder = 0; folder < FOLDERS; folder += 1) {
      await mkdir(join(source, 'big', `part-${folder}`), { recursive: true });
      for (let file = folder; file < FILES; file += FOLDERS) {
        await writeFile(join(source, 'big', `part-${folder}`, `file-${file}.txt`), `This is file ${file}`);
      }
    }
    const first = await startGateway({ DATA_DIR: dataDir });
    const token = await first.token();
    const browser = cleanup.use(await openBrowser());
    const page = await browser.open();
    await signIn(page, first, token);
    await dropFiles(page, page.getByRole('grid', { name: 'Files' }), [join(source, 'big')]);
    const count = async () => {
      const response = await fetch(`${first.url}/v1/directories?path=/`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return ((await response.json()) as { resource_count: number }).resource_count;
    };
    await expect.poll(count, { timeout: 60_000 }).toBeGreaterThan(FILES / 10);
    await first[Symbol.asyncDispose]();
    await using _second = await startGateway({ DATA_DIR: dataDir, PORT: new URL(first.url).port });
    await page.getByText(`${FILES.toLocaleString('en')} files uploaded`).waitFor({ timeout: 240_000 });
    expect(await count()).toBe(FILES);
    await page.context().close();
  });

  test('a file that is paused goes on from where it was', async () => {
    await using cleanup = new AsyncDisposableStack();
    const { path: source } = cleanup.use(await mkdtempDisposable(join(tmpdir(), 'file-')));
    const gateway = cleanup.use(await startGateway());
    const bytes = randomBytes(12_000_000);
    await writeFile(join(source, 'large.bin'), bytes);
    const page = await cleanup.use(await openBrowser()).open();
    const offsets: number[] = [];
    page.on('request', (request) => {
      if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
    });
    await signIn(page, gateway);
    const network = await page.context().newCDPSession(page);
    const limitTo = (uploadThroughput: number) =>
      network.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput,
      });
    await network.send('Network.enable');
    await limitTo(2_000_000);
    await dropFiles(page, page.getByRole('grid', { name: 'Files' }), [join(source, 'large.bin')]);
    const progress = page.getByRole('progressbar', { name: 'Upload of large.bin' });
    await expect.poll(async () => Number(await progress.getAttribute('value'))).toBeGreaterThan(20);
    await page.getByRole('button', { name: 'Pause large.bin' }).click();
    await page.getByText('1 upload paused').waitFor();
    expect(offsets).toEqual([0]);
    await limitTo(-1);
    await page.getByRole('button', { name: 'Go on with large.bin' }).click();
    await page.getByText('1 file uploaded').waitFor();
    expect(offsets.at(-1)).toBeGreaterThan(0);
    await page.getByRole('row', { name: 'large.bin' }).click();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await page.getByRole('complementary').getByText(sha256, { exact: true }).waitFor();
    await page.context().close();
  });
});
