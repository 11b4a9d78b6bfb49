import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BROWSER,
  listenForComplaints,
  type OpenBrowser,
  openBrowser,
  signIn,
  WHY_SKIPPED,
} from '../support/console/browser.ts';
import { HOSTILE_PDFS } from '../support/console/hostile-pdfs.ts';
import { fillLibrary, type Sample } from '../support/console/library.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

/** Each would call `attacked`, show a dialog, or ask another host, were it ever run. */
const ATTACKS = [
  '<script>attacked()<∕script>',
  '<img src=x onerror=attacked()>',
  '"><svg onload=attacked()>',
  "'-attacked()-'",
  'javascript:attacked()',
  '{{constructor.constructor("attacked()")()}}',
  '<iframe srcdoc="&lt;script&gt;parent.attacked()&lt;∕script&gt;">',
  '\u202egnp.exe',
  '[x](javascript:attacked())',
  '<style>@import "http:∕∕attacker.invalid∕"<∕style>',
  '$\u007battacked()}',
  '__proto__',
];
const SCRIPT = '<script>parent.attacked(); top.attacked(); alert(1); fetch("http://attacker.invalid/")</script>';
const CONTENTS: readonly Pick<Sample, 'type' | 'bytes'>[] = [
  { type: 'text/html', bytes: `<h1>Page</h1>${SCRIPT}` },
  { type: 'image/svg+xml', bytes: `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">${SCRIPT}</svg>` },
  {
    type: 'application/xml',
    bytes: `<?xml-stylesheet href="javascript:alert(1)"?><x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>alert(1)</h:script></x>`,
  },
  {
    type: 'application/xhtml+xml',
    bytes: `<html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>`,
  },
  { type: 'text/plain', bytes: SCRIPT },
  // What it is called and what it is are two things.
  { type: 'image/png', bytes: `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>` },
  { type: 'video/mp4', bytes: SCRIPT },
  { type: 'application/json', bytes: `{"a":"${'</pre><script>alert(1)</script>'.replaceAll('"', '')}"}` },
  ...HOSTILE_PDFS.map((bytes) => ({ type: 'application/pdf', bytes })),
];

const toContentName = (i: number) => `content-${String(i).padStart(2, '0')}`;

describe.skipIf(BROWSER === null)(`hostile names, labels and contents in the console${WHY_SKIPPED}`, () => {
  let gateway: Gateway;
  let browser: OpenBrowser;

  beforeAll(async () => {
    gateway = await startGateway();
    const named = ATTACKS.map(
      (attack, i): Sample => ({
        name: attack.replaceAll('/', '∕'),
        directory_path: '/',
        type: 'text/plain',
        bytes: `x${i}`,
        tags: [attack],
        metadata: { [attack]: attack, nested: [attack] },
      }),
    );
    const contents = CONTENTS.map(
      (content, i): Sample => ({ name: toContentName(i), directory_path: '/contents', ...content }),
    );
    const places = ATTACKS.map(
      (attack, i): Sample => ({
        name: 'a.txt',
        directory_path: `/places/${attack.replaceAll('/', '∕')}`,
        type: 'text/plain',
        bytes: `y${i}`,
      }),
    );
    await fillLibrary(gateway, [...named, ...contents, ...places]);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await gateway?.[Symbol.asyncDispose]();
  });

  async function openWatched() {
    const page = await browser.open();
    const harm: string[] = [];
    await page.exposeFunction('attacked', () => harm.push('a program of somebody else ran'));
    page.on('dialog', async (dialog) => {
      harm.push(`a dialog: ${dialog.message()}`);
      await dialog.dismiss();
    });
    page.on('popup', () => harm.push('a window'));
    page.on('request', (request) => {
      if (!/^(?:data|blob):/.test(request.url()) && new URL(request.url()).origin !== gateway.url)
        harm.push(request.url());
    });
    const complaints = listenForComplaints(page);
    await signIn(page, gateway);
    return { page, harm, complaints };
  }

  test('names, tags and metadata are shown as they are, and run nothing', async () => {
    const { page, harm, complaints } = await openWatched();
    for (const attack of ATTACKS) {
      const name = attack.replaceAll('/', '∕');
      await page.locator('tr').filter({ hasText: name }).first().click();
      await page.getByRole('complementary').getByRole('heading', { name }).waitFor();
      await page.getByRole('complementary').locator('pre').getByText('nested').waitFor();
      await page.getByRole('complementary').getByRole('button', { name: 'The same call' }).click();
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    expect([harm, complaints]).toEqual([[], []]);
    await page.context().close();
  });

  test('directories with such names are opened, and their breadcrumbs lead back', async () => {
    const { page, harm, complaints } = await openWatched();
    for (const attack of ATTACKS) {
      await page.goto(`${gateway.url}/console/#files/places`);
      const name = attack.replaceAll('/', '∕');
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('row', { name: 'a.txt' }).waitFor();
      await page.getByRole('navigation', { name: 'Directory' }).getByText(name, { exact: true }).waitFor();
    }
    expect([harm, complaints]).toEqual([[], []]);
    await page.context().close();
  });

  test('previews show SVG, HTML and XML as text, PDF as pictures, and run nothing of any content', async () => {
    const { page, harm, complaints } = await openWatched();
    await page.goto(`${gateway.url}/console/#files/contents`);
    for (const [i, { type }] of CONTENTS.entries()) {
      await page.getByRole('row', { name: toContentName(i) }).click();
      await page.getByRole('complementary').getByText(type, { exact: true }).waitFor();
      const frame = page.getByRole('complementary').locator('iframe.preview, .preview.none').first();
      await frame.waitFor();
      if (/html|svg|xml|plain|json/.test(type)) {
        await page
          .frameLocator('iframe')
          .locator('pre')
          .getByText('script')
          .or(page.frameLocator('iframe').locator('pre').getByText('alert'))
          .first()
          .waitFor();
      }
      if (type === 'application/pdf') {
        const drawn = page.frameLocator('iframe').locator('canvas');
        await drawn.waitFor();
        await drawn.click();
        await page.keyboard.press('Enter');
      }
    }
    expect([harm, complaints]).toEqual([[], []]);
    await page.context().close();
  });
});
