import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openExample } from '../support/examples/example-project.ts';
import { servePage } from '../support/examples/page-server.ts';
import { startGateway } from '../support/gateway.ts';
import { findBrowser, openPage } from '../support/rest/browser.ts';
import { openFrontDoor } from '../support/tus/front-door.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../examples/upload-resumable');
const TUS = join(dirname(createRequire(import.meta.url).resolve('tus-js-client/package.json')), 'dist/tus.min.js');
const SCREEN = { width: 800, height: 600 };
const SIZE = 60_000_000;
const browser = findBrowser();

const open = () =>
  servePage({
    'index.html': readFileSync(join(EXAMPLE, 'index.html'), 'utf8'),
    'page.js': readFileSync(join(EXAMPLE, 'page.js'), 'utf8'),
    'tus.min.js': readFileSync(TUS, 'utf8'),
  });

/** Fills the form with a file that is always the same, and sends it. */
const fill = (fields: { gateway: string; token: string; directory_path: string }, name: string) => `
  const form = document.querySelector('form');
  for (const [name, value] of Object.entries(${JSON.stringify(fields)})) form.elements[name].value = value;
  const files = new DataTransfer();
  files.items.add(new File(['x'.repeat(${SIZE})], '${name}', { type: 'text/plain', lastModified: 1 }));
  form.elements.file.files = files.files;
  form.requestSubmit();`;
const heard = `const status = document.querySelector('[role=status]');
  new MutationObserver(() => status.textContent !== '' && resolve(status.textContent)).observe(status, { childList: true });`;
const fillAndHear = (...args: Parameters<typeof fill>) => `new Promise((resolve) => { ${heard} ${fill(...args)} })`;

test('the script of the page compiles strictly', async () => {
  await using project = await openExample('upload-resumable', { packages: ['tus-js-client'] });
  expect(await project.compile()).toBe('');
});

test('the page goes on by itself when its line breaks, and says what was refused', async (context) => {
  if (browser === null) return context.skip('needs Chromium or Chrome');
  await using gateway = await startGateway();
  let bytes = 25_000_000;
  await using door = await openFrontDoor({ cutAfterBytes: () => (bytes += 10_000_000) });
  door.openTo(gateway.url);
  await using server = await open();
  await using page = await openPage(browser, { url: `${server.url}/index.html`, ...SCREEN });
  const fields = { gateway: door.url, token: await gateway.token(), directory_path: '/page' };

  expect(await page.evaluate(fillAndHear(fields, 'film'))).toMatch(/^Stored film, 60000000 bytes, as [\w-]{36}$/);
  expect(door.cuts()).toBeGreaterThan(0);
  expect(await page.evaluate(`document.querySelector('progress').value`)).toBe(1);
  expect(await page.evaluate(fillAndHear(fields, 'film'))).toMatch(/^Not stored: a resource named "film" already/);
  expect(await page.evaluate(fillAndHear({ ...fields, token: 'none' }, 'other'))).toMatch(/^Not stored: .*token/);
});

test('a file that is chosen again goes on where it was paused', async (context) => {
  if (browser === null) return context.skip('needs Chromium or Chrome');
  await using gateway = await startGateway();
  await using door = await openFrontDoor();
  door.openTo(gateway.url);
  await using server = await open();
  await using page = await openPage(browser, { url: `${server.url}/index.html`, ...SCREEN });
  const fields = { gateway: door.url, token: await gateway.token(), directory_path: '/page' };
  const paused = await page.evaluate(`new Promise((resolve) => { ${heard}
    const progress = document.querySelector('progress');
    new MutationObserver((_changes, observer) => {
      if (progress.value < 0.4) return;
      observer.disconnect();
      document.querySelector('[name=pause]').click();
    }).observe(progress, { attributes: true });
    ${fill(fields, 'paused')} })`);
  expect(paused).toMatch(/^Paused/);
  const before = door.passedBytes();
  expect(await page.evaluate(fillAndHear(fields, 'paused'))).toMatch(/^Stored paused/);
  expect(door.passedBytes() - before).toBeLessThan(SIZE * 0.9);
});
