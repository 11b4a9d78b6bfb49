import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BROWSER,
  findBarriers,
  listenForComplaints,
  type OpenBrowser,
  openBrowser,
  signIn,
  WHY_SKIPPED,
} from '../support/console/browser.ts';
import { fillLibrary, type Sample } from '../support/console/library.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const text = (name: string, directory: string, rest: Partial<Sample> = {}): Sample => ({
  name,
  directory_path: directory,
  type: 'text/plain',
  bytes: `This is ${name}`,
  ...rest,
});

describe.skipIf(BROWSER === null)(`browsing in the console${WHY_SKIPPED}`, () => {
  let gateway: Gateway;
  let browser: OpenBrowser;
  let ids: string[];

  beforeAll(async () => {
    gateway = await startGateway();
    ids = await fillLibrary(gateway, [
      text('notes.txt', '/', { tags: ['new'], metadata: { project: 'x' } }),
      text('deep.txt', '/docs/2026'),
      text('plan.txt', '/docs'),
      ...Array.from({ length: 450 }, (_, i) =>
        text(`file-${String(i).padStart(4, '0')}.txt`, '/many', { tags: ['many'] }),
      ),
    ]);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await gateway?.[Symbol.asyncDispose]();
  });

  test('a browser that asks for the gateway gets the console, which refuses a wrong token and takes a right one', async () => {
    const page = await browser.open();
    const complaints = listenForComplaints(page);
    await page.goto(gateway.url);
    expect(page.url()).toBe(`${gateway.url}/console/`);
    await page.getByLabel('Access token').fill('nonsense');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Access token').fill(`Bearer ${await gateway.token()}`);
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: 'notes.txt' }).waitFor();
    await page.reload();
    await page.getByRole('row', { name: 'notes.txt' }).waitFor();
    const other = await page.context().newPage();
    await other.goto(gateway.url);
    await other.getByLabel('Access token').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('directories are opened by their names, and left by the breadcrumbs and the back button', async () => {
    const page = await browser.open();
    await signIn(page, gateway);
    await page.getByRole('link', { name: 'docs', exact: true }).click();
    await page.getByRole('row', { name: 'plan.txt' }).waitFor();
    await page.getByRole('link', { name: '2026' }).click();
    await page.getByRole('row', { name: 'deep.txt' }).waitFor();
    await page.getByRole('navigation', { name: 'Directory' }).getByRole('link', { name: 'All files' }).click();
    await page.getByRole('row', { name: 'notes.txt' }).waitFor();
    await page.goBack();
    await page.getByRole('row', { name: 'deep.txt' }).waitFor();
    await page.context().close();
  });

  test('a long list is drawn where it is looked at, page by page to its end', async () => {
    const page = await browser.open();
    await signIn(page, gateway);
    await page.getByRole('link', { name: 'many' }).click();
    await page.getByRole('row', { name: 'file-0000.txt' }).waitFor();
    expect(await page.getByRole('row').count()).toBeLessThan(80);
    const grid = page.getByRole('grid', { name: 'Files' });
    await grid.focus();
    await expect
      .poll(async () => {
        await page.keyboard.press('End');
        return await page.getByRole('row', { name: 'file-0449.txt' }).isVisible();
      })
      .toBe(true);
    expect(await grid.getAttribute('aria-rowcount')).toBe('451');
    await page.keyboard.press('Home');
    await page.getByRole('row', { name: 'file-0000.txt' }).waitFor();
    await page.context().close();
  });

  test('search and filters are the gateway’s, and each can be taken away', async () => {
    const page = await browser.open();
    await signIn(page, gateway);
    await page.keyboard.press('/');
    await page.keyboard.type('deep');
    await page.getByRole('row', { name: 'deep.txt /docs/2026' }).waitFor();
    await page.getByRole('button', { name: 'Clear all' }).click();
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByLabel('Metadata contains').fill('{"project":');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Metadata contains').fill('{"project":"x"}');
    await page.getByLabel('With every tag').fill('new');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('row', { name: 'notes.txt' }).waitFor();
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await page.getByRole('button', { name: 'Remove the filter tag', exact: true }).click();
    await page.getByRole('button', { name: 'Remove the filter metadata' }).click();
    await expect.poll(() => page.getByRole('row').count()).toBeGreaterThan(20);
    await page.context().close();
  });

  test('names, sizes and ages put a list in order', async () => {
    const page = await browser.open();
    await signIn(page, gateway);
    await page.goto(`${gateway.url}/console/#files/many`);
    await page.getByRole('row', { name: 'file-0000.txt' }).waitFor();
    await page.getByRole('button', { name: 'Name' }).click();
    await page.getByRole('row', { name: 'file-0449.txt' }).waitFor();
    expect(await page.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).toBe('descending');
    await page.context().close();
  });

  test('details tell every field, and show what is in a file', async () => {
    const page = await browser.open();
    const complaints = listenForComplaints(page);
    await signIn(page, gateway);
    await page.getByRole('row', { name: 'notes.txt' }).click();
    const details = page.getByRole('complementary', { name: 'Details' });
    await details.getByText(ids[0] as string, { exact: true }).waitFor();
    await page.frameLocator('iframe').getByText('This is notes.txt').waitFor();
    for (const field of ['SHA-256', 'Created by', 'Bucket', 'Storage key', 'Account']) {
      expect(await details.getByText(field, { exact: true }).count()).toBe(1);
    }
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await details.getByRole('button', { name: 'Copy Id' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(ids[0]);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      details.getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('notes.txt');
    await page.keyboard.press('Escape');
    await expect.poll(() => details.count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('no serious barrier is found in the list, the filters, the details and the dialog, by day and by night', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.open({ colorScheme, reducedMotion: 'reduce' });
      await signIn(page, gateway);
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.getByRole('row', { name: 'notes.txt' }).click();
      await page
        .getByRole('complementary', { name: 'Details' })
        .getByText(ids[0] as string, { exact: true })
        .waitFor();
      expect(await findBarriers(page)).toEqual([]);
      await page.getByRole('button', { name: 'API' }).click();
      await page.getByRole('dialog').waitFor();
      expect(await findBarriers(page)).toEqual([]);
      await page.context().close();
    }
  });

  test('a token that is refused later leads back to the first page, which says why', async () => {
    const page = await browser.open();
    await signIn(page, gateway);
    await page.evaluate(() => sessionStorage.setItem('resource-gateway-token', 'no.longer.good'));
    await page.reload();
    expect(await page.getByRole('alert').textContent()).toContain('Sign in again');
    await page.context().close();
  });
});
