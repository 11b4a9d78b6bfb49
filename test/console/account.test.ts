import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
import { fillLibrary } from '../support/console/library.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const SCOPE = 'resources:read resources:write resources:delete webhooks:manage';

describe.skipIf(BROWSER === null)(`versions, usage, webhooks and the other pages${WHY_SKIPPED}`, () => {
  let gateway: Gateway;
  let browser: OpenBrowser;
  let token: string;
  let receiver: ReturnType<typeof createServer>;
  const received: string[] = [];

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      received.push(request.url ?? '');
      request.resume();
      response.writeHead(204).end();
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    gateway = await startGateway({ QUOTA_BYTES: '1000000', URI_ALLOW_HOSTS: '127.0.0.1' });
    token = await gateway.token({ scope: SCOPE });
    await fillLibrary(gateway, [{ name: 'a.txt', directory_path: '/', type: 'text/plain', bytes: 'first' }]);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await gateway?.[Symbol.asyncDispose]();
    receiver?.close();
  });

  test('a file whose name is taken replaces it on demand, and the version before comes back on demand', async () => {
    const page = await browser.open({ reducedMotion: 'reduce' });
    const complaints = listenForComplaints(page);
    await signIn(page, gateway, token);
    await page
      .getByLabel('Files to upload')
      .setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('second') });
    await page.getByRole('button', { name: 'Replace' }).click();
    await page.getByText('1 file uploaded').waitFor();
    await page.getByRole('button', { name: 'Close uploads' }).click();
    await page.getByRole('row', { name: 'a.txt' }).click();
    await page.frameLocator('iframe').getByText('second').waitFor();
    await page.getByText('Version 2').waitFor();
    await page.getByRole('button', { name: 'Restore version 1' }).click();
    await page.getByText('Version 3').waitFor();
    await page.frameLocator('iframe').getByText('first').waitFor();
    expect(await findBarriers(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('what is deleted lies in the trash, from where it comes back', async () => {
    await fillLibrary(gateway, [{ name: 'gone.txt', directory_path: '/', type: 'text/plain', bytes: 'gone' }]);
    const page = await browser.open({ reducedMotion: 'reduce' });
    const complaints = listenForComplaints(page);
    await signIn(page, gateway, token);
    await page.getByRole('row', { name: 'gone.txt' }).click();
    await page.getByRole('complementary').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Move to trash' }).click();
    await page.getByRole('link', { name: 'Trash' }).click();
    await page.getByRole('button', { name: 'Restore gone.txt' }).waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'Restore gone.txt' }).click();
    await page.getByText('The trash is empty').waitFor();
    await page.getByRole('link', { name: 'Files', exact: true }).click();
    await page.getByRole('row', { name: 'gone.txt' }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('usage tells what is used of how much', async () => {
    const page = await browser.open({ reducedMotion: 'reduce' });
    await signIn(page, gateway, token);
    await page.getByRole('link', { name: 'Usage' }).click();
    await page.getByText('of 1.0 MB').waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await page.context().close();
  });

  test('a webhook is made, its secret shown once, a test sent, its deliveries told, and it is deleted', async () => {
    const page = await browser.open({ reducedMotion: 'reduce' });
    const complaints = listenForComplaints(page);
    await signIn(page, gateway, token);
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByRole('button', { name: 'New webhook' }).click();
    const { port } = receiver.address() as AddressInfo;
    await page.getByLabel('Address').fill(`http://127.0.0.1:${port}/hook`);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText(/^whsec_/).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The address took the test message').first().waitFor();
    expect(received).toContain('/hook');
    await fillLibrary(gateway, [{ name: 'told.txt', directory_path: '/', type: 'text/plain', bytes: 'told' }]);
    await expect.poll(() => received.length).toBeGreaterThan(1);
    await expect
      .poll(async () => {
        await page.getByRole('button', { name: 'Deliveries' }).click();
        return await page.getByText('resource.created').count();
      })
      .toBeGreaterThan(0);
    expect(await findBarriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Delete webhook' }).click();
    await page.getByText('No address is told of anything yet').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('who may not manage webhooks is not offered them', async () => {
    const page = await browser.open();
    await signIn(page, gateway, await gateway.token({ scope: 'resources:read' }));
    await page.getByRole('link', { name: 'Usage' }).waitFor();
    expect(await page.getByRole('link', { name: 'Webhooks' }).count()).toBe(0);
    await page.context().close();
  });

  test('the reference and GraphiQL lead back to the console, and know its token in the same tab', async () => {
    const page = await browser.open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await signIn(page, gateway, token);
    await page.getByRole('link', { name: 'REST reference' }).click();
    await page.getByText('samples that you copy carry your token').waitFor();
    await page.locator('details').first().locator('summary').click();
    await page.locator('details').first().getByRole('button', { name: 'Copy' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(token);
    await page.getByRole('link', { name: 'GraphiQL' }).first().click();
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST' && response.url().includes('/graphql')),
      page.getByRole('navigation', { name: 'Resource gateway' }).waitFor(),
    ]);
    expect(answer.status()).toBe(200);
    await page.getByRole('link', { name: 'Console' }).click();
    await page.getByRole('grid', { name: 'Files' }).waitFor();
    await page.context().close();
  });
});
