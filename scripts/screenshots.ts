// `npm run screenshots`: the pictures of the README and of docs/console.md, taken of the gateway as it is.
import { mkdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { openBrowser, signIn } from '../test/support/console/browser.ts';
import { fillLibrary, type Sample } from '../test/support/console/library.ts';
import { startGateway } from '../test/support/gateway.ts';

const FOLDER = join(import.meta.dirname, '../docs/images');
const LOGO = await readFile(join(import.meta.dirname, '../console/src/icon.svg'), 'utf8');

const text = (path: string, tags: readonly string[], metadata?: object): Sample => ({
  name: posix.basename(path),
  directory_path: posix.dirname(path),
  type: path.endsWith('.json') ? 'application/json' : 'text/markdown',
  bytes: `# ${posix.basename(path)}\n\nWritten for the pictures of the documentation.\n`,
  tags,
  ...(metadata !== undefined && { metadata }),
});

const LIBRARY: readonly Sample[] = [
  text('/README.md', ['docs'], { project: 'atlas', reviewed: true }),
  text('/release-notes.md', ['docs', '2026']),
  text('/settings.json', ['config']),
  { name: 'logo.svg', directory_path: '/', type: 'image/svg+xml', bytes: LOGO, tags: ['brand'] },
  ...Array.from({ length: 40 }, (_, i) => text(`/invoices/2026/invoice-${1000 + i}.md`, ['invoice'])),
  ...Array.from({ length: 12 }, (_, i) => text(`/book/chapter-${i + 1}.md`, ['draft'])),
  ...Array.from({ length: 6 }, (_, i) => text(`/archive/scans/scan-${i + 1}.json`, [])),
];

await mkdir(FOLDER, { recursive: true });
await using gateway = await startGateway();
await fillLibrary(gateway, LIBRARY);
await using browser = await openBrowser();

for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.open({ colorScheme, reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'UTC' });
  await signIn(page, gateway);
  await page.getByRole('row', { name: 'README.md' }).click();
  await page.frameLocator('iframe').getByText('Written for the pictures').waitFor();
  await page.screenshot({ path: join(FOLDER, `console-${colorScheme}.png`) });
  if (colorScheme === 'light') {
    await page.getByRole('complementary').getByRole('button', { name: 'The same call' }).click();
    await page.getByRole('dialog').waitFor();
    await page.screenshot({ path: join(FOLDER, 'console-same-call.png') });
  }
  await page.context().close();
}
const phone = await browser.open({ viewport: { width: 360, height: 720 }, reducedMotion: 'reduce', locale: 'en-GB' });
await signIn(phone, gateway);
await phone.getByRole('row', { name: 'README.md' }).waitFor();
await phone.screenshot({ path: join(FOLDER, 'console-phone.png') });
