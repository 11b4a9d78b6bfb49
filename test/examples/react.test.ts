// The React example: compiled by a strict compiler, built by Vite, and used in a real browser, from another origin.
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from '../../tools/browser/index.ts';
import { type ClientProject, openClientProject } from '../support/client/client-package.ts';
import { BROWSER, type OpenBrowser, openBrowser } from '../support/console/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { sha256Of } from '../support/tus/client.ts';
import { openFrontDoor } from '../support/tus/front-door.ts';

let project: ClientProject;
beforeAll(async () => {
  const packages = ['react', 'react-dom', '@types/react', '@types/react-dom'];
  project = await openClientProject({ folder: 'examples/react', packages });
});
afterAll(() => project[Symbol.asyncDispose]());

test('compiles in a strict project', async () => {
  expect(await project.compile()).toBe('');
});

if (BROWSER === null) console.warn('without chromium the React example is compiled, and not used');

describe.skipIf(BROWSER === null)('in a browser', () => {
  const cleanup = new AsyncDisposableStack();
  let gateway: Gateway;
  let browser: OpenBrowser;
  let pageUrl: string;
  let token: string;
  beforeAll(async () => {
    await build({ root: project.directory, configFile: false, logLevel: 'error' });
    gateway = cleanup.use(await startGateway());
    token = await gateway.token();
    browser = cleanup.use(await openBrowser());
    const server = createServer(async (request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname;
      const file = join(project.directory, 'dist', path === '/' ? 'index.html' : path);
      const type = path.endsWith('.js') ? 'text/javascript' : 'text/html';
      await readFile(file).then(
        (bytes) => response.setHeader('content-type', type).end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanup.defer(() => void server.close());
    pageUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => cleanup.disposeAsync());

  const openPage = async (url: string): Promise<Page> => {
    const page = await browser.open();
    await page.goto(`${pageUrl}#${new URLSearchParams({ url, token })}`);
    return page;
  };
  const rowOf = (page: Page, name: string) => page.locator('p', { hasText: name });
  const toFile = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/x-page', buffer });

  test('uploads what is chosen, small and large, and tells what is there already', async () => {
    const small = Buffer.from('small');
    const large = randomBytes(6_000_000);
    const page = await openPage(gateway.url);
    await page.setInputFiles('input', [toFile('small.bin', small), toFile('large.bin', large)]);
    await rowOf(page, 'small.bin').getByText(sha256Of(small)).waitFor();
    await rowOf(page, 'large.bin').getByText(sha256Of(large)).waitFor();
    const found = await fetch(`${gateway.url}/v1/resources/by-path?directory_path=/from-react&name=large.bin`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await found.json()).toMatchObject({ mime_type: 'application/x-page', size_bytes: large.length });
    await page.setInputFiles('input', [toFile('small.bin', Buffer.from('other'))]);
    await rowOf(page, 'small.bin').getByText('is there already').waitFor();
    await page.close();
  });

  test('goes on after a reload from where it was', async () => {
    const bytes = randomBytes(30_000_000);
    const path = join(project.directory, 'reloaded.bin');
    await writeFile(path, bytes);
    let cutting = true;
    await using door = await openFrontDoor({ cutAfterBytes: () => (cutting ? 20_000_000 : Number.POSITIVE_INFINITY) });
    door.openTo(gateway.url);
    const page = await openPage(door.url);
    await page.setInputFiles('input', path);
    await expect.poll(() => door.cuts(), { timeout: 30_000 }).toBeGreaterThan(0);
    door.openTo('http://127.0.0.1:9');
    const passed = door.passedBytes();
    cutting = false;
    await page.reload();
    door.openTo(gateway.url);
    await page.setInputFiles('input', path);
    await rowOf(page, 'reloaded.bin').getByText(sha256Of(bytes)).waitFor();
    expect(door.passedBytes() - passed).toBeLessThan(20_000_000);
    await page.close();
  });

  test('stops when it is told to', async () => {
    await using door = await openFrontDoor({ cutAfterBytes: () => 1_000_000 });
    door.openTo(gateway.url);
    const page = await openPage(door.url);
    await page.setInputFiles('input', [toFile('stopped.bin', randomBytes(20_000_000))]);
    await rowOf(page, 'stopped.bin').getByRole('button', { name: 'Stop' }).click();
    await rowOf(page, 'stopped.bin').getByText('aborted').waitFor();
    await page.close();
  });
});
