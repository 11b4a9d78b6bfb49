import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { mountReference } from '../../../src/rest/reference/mount.ts';
import { findBrowser, openPage } from '../../support/rest/browser.ts';

const browser = findBrowser();
const PHONE = { width: 360, height: 800 };
const SKIP = 'needs Chromium or Chrome';

async function openReference() {
  const app = Fastify();
  mountReference(app, { hasConsole: false });
  return { url: await app.listen({ port: 0, host: '127.0.0.1' }), [Symbol.asyncDispose]: () => app.close() };
}

test.for(['/', '/docs'])('on a phone %s has nothing to scroll sideways', async (path, context) => {
  if (browser === null) return context.skip(SKIP);
  await using reference = await openReference();
  await using page = await openPage(browser, { url: `${reference.url}${path}`, ...PHONE });
  // With everything unfolded, which is when it is widest.
  await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
});

test("a sample on the reference page has the page's own address, and its button copies it", async (context) => {
  if (browser === null) return context.skip(SKIP);
  await using reference = await openReference();
  await using page = await openPage(browser, { url: `${reference.url}/docs`, ...PHONE });
  expect(await page.evaluate("document.querySelector('pre').textContent")).toMatch(
    new RegExp(`^curl -s "${reference.url}/v1/resources"`),
  );
  expect(await page.evaluate("document.querySelector('main').textContent.includes('$URL')")).toBe(false);
  const copied = `new Promise((resolve) => {
    const button = document.querySelector('button.copy');
    button.closest('details').open = true;
    new MutationObserver(() => resolve(button.textContent)).observe(button, { childList: true });
    button.click();
  })`;
  expect(await page.evaluate(copied)).toBe('Copied');
});
