import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openExample } from '../support/examples/example-project.ts';
import { servePage } from '../support/examples/page-server.ts';
import { startGateway } from '../support/gateway.ts';
import { findBrowser, openPage } from '../support/rest/browser.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../examples/upload-form');
const SCREEN = { width: 800, height: 600 };
const browser = findBrowser();

const open = () =>
  servePage({
    'index.html': readFileSync(join(EXAMPLE, 'index.html'), 'utf8'),
    'form.js': readFileSync(join(EXAMPLE, 'form.js'), 'utf8'),
  });

/** Fills the form, sends it, and waits for what the page says. */
const fillAndSend = (fields: { gateway: string; token: string; directory_path: string }) => `new Promise((resolve) => {
  const form = document.querySelector('form');
  for (const [name, value] of Object.entries(${JSON.stringify(fields)})) form.elements[name].value = value;
  const files = new DataTransfer();
  files.items.add(new File(['x'.repeat(500000)], 'from a page.txt', { type: 'text/plain' }));
  form.elements.file.files = files.files;
  const status = document.querySelector('[role=status]');
  new MutationObserver(() => status.textContent !== '' && resolve(status.textContent)).observe(status, { childList: true });
  form.requestSubmit();
})`;

test('the script of the page compiles strictly', async () => {
  await using project = await openExample('upload-form');
  expect(await project.compile()).toBe('');
});

test('the page sends a file to a gateway of another origin, shows how far it is, and says what was refused', async (context) => {
  if (browser === null) return context.skip('needs Chromium or Chrome');
  await using gateway = await startGateway();
  await using server = await open();
  await using page = await openPage(browser, { url: `${server.url}/index.html`, ...SCREEN });
  const fields = { gateway: gateway.url, token: await gateway.token(), directory_path: '/page' };

  expect(await page.evaluate(fillAndSend(fields))).toMatch(/^Stored from a page\.txt, 500000 bytes, as [\w-]{36}$/);
  expect(await page.evaluate(`document.querySelector('progress').value`)).toBe(1);
  expect(await page.evaluate(fillAndSend(fields))).toMatch(/^Not stored: a resource named "from a page\.txt" already/);
  expect(await page.evaluate(fillAndSend({ ...fields, token: 'none' }))).toMatch(/^Not stored: .*token/);
});
