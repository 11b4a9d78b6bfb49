import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BROWSER, openBrowser, signIn, WHY_SKIPPED } from '../support/console/browser.ts';
import { dropFiles } from '../support/console/drop.ts';
import { startGateway } from '../support/gateway.ts';

const FILES = 2_000;
const FOLDERS = 20;

describe.skipIf(BROWSER === null)(`uploading a large folder in the console${WHY_SKIPPED}`, () => {
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
});
