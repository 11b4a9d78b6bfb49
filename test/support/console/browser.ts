// A real browser before a real gateway, as a person sits before it.
import type { BrowserContextOptions, Page } from '../../../tools/browser/index.ts';
import type { Gateway } from '../gateway.ts';
import { findBrowser } from '../rest/browser.ts';
import { runTool } from '../tool.ts';

export type OpenBrowser = AsyncDisposable & {
  /** A tab of its own, with nothing kept from others. */
  open(options?: BrowserContextOptions): Promise<Page>;
};

/** Where the machine has a browser; tests without one are skipped, which this says in their names. */
export const BROWSER = findBrowser();
export const WHY_SKIPPED = BROWSER === null ? ' (skipped: no Chromium on this machine)' : '';

/** What drives it: brought where there is one. */
async function loadDriver(): Promise<typeof import('../../../tools/browser/index.ts')> {
  await runTool('tools/browser');
  return await import('../../../tools/browser/index.ts');
}

/** Starts it without a window. @throws where there is none */
export async function openBrowser(): Promise<OpenBrowser> {
  if (BROWSER === null) throw new Error('there is no Chromium on this machine');
  const { chromium } = await loadDriver();
  const browser = await chromium.launch({
    executablePath: BROWSER,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  return {
    async open(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      return await context.newPage();
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** Signs in as a person does: by pasting a token. */
export async function signIn(page: Page, gateway: Gateway, token?: string): Promise<void> {
  await page.goto(`${gateway.url}/console/`);
  await page.getByLabel('Access token').fill(token ?? (await gateway.token()));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('grid', { name: 'Files' }).waitFor();
}

/** What a page complained of: errors in its programs, refusals by its policy, failed requests. */
export function listenForComplaints(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // A refusal is an answer like another; the browser tells of each.
    if (message.text().startsWith('Failed to load resource')) return;
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  return complaints;
}

/** What axe-core finds that is serious or worse, each in a line. */
export async function findBarriers(page: Page): Promise<string[]> {
  // By the debugger, since the page's policy lets no other program in.
  await page.evaluate((await loadDriver()).axe.source);
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    type Violation = { id: string; impact: string; help: string; nodes: { target: unknown; html: string }[] };
    return (await axe.run()).violations;
  });
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help} – ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}
