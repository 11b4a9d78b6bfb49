// `npm run measure:console`: how soon the console paints for somebody who has never been here, and what that loads.
import { openBrowser } from '../test/support/console/browser.ts';
import { startGateway } from '../test/support/gateway.ts';

const VISITS = 15;

type Visit = { readonly firstPaintMs: number; readonly usableMs: number; readonly bytes: number };

await using gateway = await startGateway();
await using browser = await openBrowser();

const visits: Visit[] = [];
for (let i = 0; i < VISITS; i += 1) {
  // Each in a context of its own, with nothing cached.
  const page = await browser.open();
  await page.goto(`${gateway.url}/console/`);
  await page.getByLabel('Access token').waitFor();
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
  visits.push(
    await page.evaluate(() => {
      const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN;
      const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
      const loaded = entries as PerformanceResourceTiming[];
      const bytes = loaded.reduce((sum, { transferSize }) => sum + transferSize, 0);
      return { firstPaintMs: paint, usableMs: performance.now(), bytes };
    }),
  );
  await page.context().close();
}

for (const name of ['firstPaintMs', 'usableMs', 'bytes'] as const) {
  const sorted = visits.map((visit) => visit[name]).sort((a, b) => a - b);
  const [median, most] = [sorted[Math.floor(VISITS / 2)], sorted.at(-1)];
  process.stdout.write(`${name}: median ${Math.round(median ?? Number.NaN)}, most ${Math.round(most ?? Number.NaN)}\n`);
}
