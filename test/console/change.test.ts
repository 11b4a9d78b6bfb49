import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Page } from '../../tools/browser/index.ts';
import {
  BROWSER,
  findBarriers,
  listenForComplaints,
  type OpenBrowser,
  openBrowser,
  signIn,
  WHY_SKIPPED,
} from '../support/console/browser.ts';
import { dropFiles } from '../support/console/drop.ts';
import { fillLibrary } from '../support/console/library.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

describe.skipIf(BROWSER === null)(`changing things in the console${WHY_SKIPPED}`, () => {
  let gateway: Gateway;
  let browser: OpenBrowser;
  let page: Page;
  let complaints: string[];
  let run = 0;
  let home: string;

  const row = (name: string) => page.getByRole('row', { name });
  const ask = async (path: string) => {
    const headers = { authorization: `Bearer ${await gateway.token()}` };
    return (await (await fetch(`${gateway.url}${path}`, { headers })).json()) as {
      items: { id: string; name: string; directory_path: string; tags: string[] }[];
    };
  };
  const namesBelow = async (path: string) =>
    (await ask(`/v1/resources?directory_path=${path}&recursive=true&sort=name`)).items.map(
      (item) => `${item.directory_path}/${item.name}`,
    );

  beforeAll(async () => {
    gateway = await startGateway();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await gateway?.[Symbol.asyncDispose]();
  });
  /** Each test has a directory of its own, with three files and a directory in it. */
  beforeEach(async () => {
    run += 1;
    home = `/run-${run}`;
    const text = { type: 'text/plain', bytes: 'x' };
    await fillLibrary(gateway, [
      { name: 'a.txt', directory_path: home, ...text, tags: ['old'], metadata: { a: 1 } },
      { name: 'b.txt', directory_path: home, ...text },
      { name: 'c.txt', directory_path: home, ...text },
      { name: 'inner.txt', directory_path: `${home}/box`, ...text },
    ]);
    page = await browser.open({ reducedMotion: 'reduce' });
    complaints = listenForComplaints(page);
    await signIn(page, gateway);
    await page.goto(`${gateway.url}/console/#files${home}`);
    await row('c.txt').waitFor();
    return async () => {
      expect(complaints).toEqual([]);
      await page.context().close();
    };
  });

  test('a file is renamed, and a name that is taken is refused where it was asked for', async () => {
    await row('a.txt').click();
    await page.getByRole('complementary').getByRole('button', { name: 'Rename' }).click();
    await page.getByLabel('New name').fill('b.txt');
    await page.getByRole('button', { name: 'Rename', exact: true }).last().click();
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await page.getByLabel('New name').fill('z.txt');
    await page.keyboard.press('Enter');
    await row('z.txt').waitFor();
    expect(await namesBelow(home)).toContain(`${home}/z.txt`);
  });

  test('rows are chosen with shift, and deleted after a question that counts them', async () => {
    await row('a.txt').click();
    await page.keyboard.press('Escape');
    await row('a.txt').getByRole('checkbox').click();
    await row('c.txt').click({ modifiers: ['Shift'] });
    await page.getByText('3 items chosen').waitFor();
    await row('box').getByRole('checkbox').click();
    await page.getByRole('toolbar', { name: 'What is chosen' }).getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByText('4 files').first().waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await page.getByRole('dialog').locator('button[type=submit]').click();
    await page.getByText('Nothing is here yet').waitFor();
    expect(await namesBelow(home)).toEqual([]);
  });

  test('a row is dragged onto a directory, and one of its files back by the breadcrumbs', async () => {
    await row('a.txt').dragTo(row('box'));
    await expect.poll(() => namesBelow(`${home}/box`)).toContain(`${home}/box/a.txt`);
    await page.getByRole('link', { name: 'box' }).click();
    await row('inner.txt').dragTo(page.getByRole('navigation', { name: 'Directory' }).getByText(home.slice(1)));
    await expect.poll(() => namesBelow(home)).toContain(`${home}/inner.txt`);
  });

  test('several are moved into a directory that was not there', async () => {
    await row('a.txt').getByRole('checkbox').click();
    await row('b.txt').getByRole('checkbox').click();
    await page.getByRole('button', { name: 'Move', exact: true }).click();
    await page.getByLabel('To the directory').fill(`${home}/fresh`);
    await page.getByRole('button', { name: 'Move here' }).click();
    await page.getByRole('link', { name: 'fresh' }).waitFor();
    expect(await namesBelow(`${home}/fresh`)).toHaveLength(2);
  });

  test('tags are added to several at once, and taken away', async () => {
    await row('a.txt').getByRole('checkbox').click();
    await row('b.txt').getByRole('checkbox').click();
    await page.getByRole('button', { name: 'Tags', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByLabel('Add, with commas between').fill('new, 2026');
    await page.getByRole('button', { name: 'Save tags' }).click();
    await row('b.txt').getByText('2026').waitFor();
    const { items } = await ask(`/v1/resources?directory_path=${home}&sort=name`);
    expect(items.map(({ tags }) => tags)).toEqual([['new', '2026'], ['new', '2026'], []]);
  });

  test('metadata is edited as JSON: mistakes are shown with their line, and keep it from being saved', async () => {
    await row('a.txt').click();
    await page.getByRole('button', { name: 'Edit metadata' }).click();
    const editor = page.getByLabel('Metadata as JSON');
    await editor.fill('{\n  "a": 1,\n  "b": tru\n}');
    await page.getByText('Line 3:').waitFor();
    expect(await page.getByRole('button', { name: 'Save metadata' }).isDisabled()).toBe(true);
    await editor.fill('{\n  "project": "y"\n}');
    await page.getByRole('button', { name: 'Save metadata' }).click();
    await page.getByRole('button', { name: 'Edit metadata' }).waitFor();
    await page.getByText('"project": "y"').waitFor();
    const [{ id } = { id: '' }] = (await ask(`/v1/resources?directory_path=${home}&sort=name`)).items;
    const headers = { authorization: `Bearer ${await gateway.token()}` };
    const text = await (await fetch(`${gateway.url}/v1/resources/${id}`, { headers })).text();
    expect(JSON.parse(text).metadata).toEqual({ project: 'y' });
  });

  test('what others do is seen without asking', async () => {
    await fillLibrary(gateway, [{ name: 'from-afar.txt', directory_path: home, type: 'text/plain', bytes: 'x' }]);
    await row('from-afar.txt').waitFor();
  });

  test('a folder that is dropped comes up with all that is in it, and a taken name is told', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'dropped-'));
    const root = join(folder.path, 'album');
    await mkdir(join(root, 'deep'), { recursive: true });
    await writeFile(join(root, 'one.txt'), 'one');
    await writeFile(join(root, 'deep', 'two.txt'), 'two');
    const taken = join(folder.path, 'a.txt');
    await writeFile(taken, 'another');
    await dropFiles(page, page.getByRole('grid', { name: 'Files' }), [root, taken]);
    await page.getByText('1 upload failed').waitFor();
    const uploads = page.getByRole('region', { name: 'Uploads' });
    await uploads
      .getByText(/taken|exists|already/i)
      .first()
      .waitFor();
    expect(await namesBelow(`${home}/album`)).toEqual([`${home}/album/one.txt`, `${home}/album/deep/two.txt`]);
    expect(await findBarriers(page)).toEqual([]);
    await page.getByRole('link', { name: 'album' }).waitFor();
  });

  test('everything can be done by keys: up and down, choose, open, rename, delete', async () => {
    await page.getByRole('grid', { name: 'Files' }).focus();
    for (const key of ['Home', 'ArrowDown', 'Space', 'Shift+ArrowDown']) await page.keyboard.press(key);
    await page.getByText('2 items chosen').waitFor();
    await page.keyboard.press('Delete');
    await page.getByRole('dialog').getByText('2 files').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('grid', { name: 'Files' }).focus();
    await page.keyboard.press('Escape');
    for (const key of ['Home', 'Enter']) await page.keyboard.press(key);
    await row('inner.txt').waitFor();
    await page.getByRole('grid', { name: 'Files' }).focus();
    await page.keyboard.press('Backspace');
    await row('c.txt').waitFor();
  });

  test('on a phone nothing is cut off, and the menu opens over the page', async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'REST reference' }).waitFor();
    await page.getByRole('button', { name: 'Close the menu' }).click();
    await row('a.txt').click();
    await page.getByRole('button', { name: 'Close details' }).click();
    expect(await findBarriers(page)).toEqual([]);
  });

  test('who may only read is not offered to change', async () => {
    await signIn(await freshTab(), gateway, await gateway.token({ scope: 'resources:read' }));
    await page.getByRole('button', { name: 'API' }).waitFor();
    for (const name of ['Upload', 'New directory']) expect(await page.getByRole('button', { name }).count()).toBe(0);
  });

  async function freshTab(): Promise<Page> {
    await page.context().close();
    page = await browser.open();
    return page;
  }
});
