import pg from 'pg';
import { describe, expect, inject, test } from 'vitest';
import type { Page } from '../../tools/browser/index.ts';
import { BROWSER, openBrowser, signIn, WHY_SKIPPED } from '../support/console/browser.ts';
import { fillLibrary } from '../support/console/library.ts';
import { startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';

/** `CONSOLE_ROWS=1000000` takes minutes, and tells what it measured. */
const ROWS = Number(process.env.CONSOLE_ROWS ?? 2_000);
const MAX_NODES = 3_000;
/** Of the page's own values, beyond what it has at the beginning of the list. */
const MAX_HEAP_GROWTH_BYTES = 60_000_000;
const MAX_MS = 60_000 + ROWS;

const toName = (n: number) => `file-${String(n).padStart(7, '0')}.txt`;

describe.skipIf(BROWSER === null)(`a list of ${ROWS} files in the console${WHY_SKIPPED}`, () => {
  test('is scrolled to its end, and takes no more there than at its beginning', { timeout: MAX_MS }, async () => {
    await using database = await createDatabase(inject('postgresUrl'));
    await using gateway = await startGateway({ DATABASE_URL: database.url });
    await fillLibrary(gateway, [{ name: toName(1), directory_path: '/many', type: 'text/plain', bytes: 'one' }]);
    await multiply(database.url);
    await using browser = await openBrowser();
    const page = await browser.open();
    await signIn(page, gateway);
    await page.getByRole('link', { name: 'many' }).click();
    await page.getByRole('row', { name: toName(1) }).waitFor();
    const first = await weigh(page);
    await scrollTo(page, toName(ROWS / 2));
    const middle = await weigh(page);
    await scrollTo(page, toName(ROWS));
    const last = await weigh(page);
    await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe(String(ROWS + 1));
    if (process.env.CONSOLE_ROWS !== undefined) process.stdout.write(`${JSON.stringify({ first, middle, last })}\n`);
    for (const { nodes, heapBytes } of [first, middle, last]) {
      expect(nodes).toBeLessThan(MAX_NODES);
      expect(heapBytes - first.heapBytes).toBeLessThan(MAX_HEAP_GROWTH_BYTES);
    }
    await page.getByRole('grid').focus();
    await page.keyboard.press('Home');
    await page.getByRole('row', { name: toName(1) }).waitFor();
  });
});

/** Adds copies of the one record, under ids and names that follow each other. */
async function multiply(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select column_name as name from information_schema.columns
       where table_name = 'resources' and is_generated = 'NEVER' order by ordinal_position`,
    );
    const values: { readonly [name: string]: string } = {
      id: 'uuidv7()',
      name: `'file-' || lpad(n::text, 7, '0') || '.txt'`,
    };
    const names = rows.map(({ name }) => name);
    await client.query(
      `insert into resources (${names.join()}) select ${names.map((name) => values[name] ?? name).join()}
       from (select * from resources) as one, generate_series(2, ${ROWS}) n`,
    );
    await client.query('analyze resources');
  } finally {
    await client.end();
  }
}

/** As a hand at the scroll bar does: to the end of what is known, again and again, until the row is on the screen. */
async function scrollTo(page: Page, name: string): Promise<void> {
  await page.evaluate(async (wanted) => {
    const scroller = document.querySelector('.scroller');
    if (scroller === null) throw new Error('there is no list');
    const isThere = () =>
      [...scroller.querySelectorAll('tbody tr')].some((row) => (row.textContent ?? '').includes(wanted));
    const last = () => [...scroller.querySelectorAll('tbody tr')].at(-1)?.textContent ?? '';
    while (!isThere() && !(last() > wanted && /^file/.test(last()))) {
      scroller.scrollTop = scroller.scrollHeight;
      await new Promise((resolve) => setTimeout(resolve));
    }
  }, name);
}

async function weigh(page: Page): Promise<{ readonly nodes: number; readonly heapBytes: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return { nodes: await page.evaluate(() => document.querySelectorAll('*').length), heapBytes: usedSize };
}
