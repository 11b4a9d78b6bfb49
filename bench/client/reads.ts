// Pages of a list in REST, asked for one after another on one connection.
import { toQuantile } from '../report/quantile.ts';
import { type Connection, openConnection } from './connection.ts';

export type Read = {
  readonly url: URL;
  readonly token: string;
  /** `/v1/resources` when absent. */
  readonly path?: string;
  /** The parameters of the list. */
  readonly query: { readonly [name: string]: string };
};

export type Page = { readonly items: readonly unknown[]; readonly next_cursor: string | null };

export type ReadsOptions = Read & {
  readonly count: number;
  /** How many resources each page has to hold. */
  readonly items: number;
};

export type ReadsResult = { readonly p50Ms: number; readonly p99Ms: number };

/** @throws at the first page that does not hold what it should */
export async function runReads({ count, items, ...read }: ReadsOptions): Promise<ReadsResult> {
  using client = await openConnection(read.url);
  const latenciesMs: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const { page, tookMs } = await ask(client, read);
    if (page.items.length !== items) {
      throw new Error(`${toPath(read)} gave ${page.items.length} items instead of ${items}`);
    }
    latenciesMs.push(tookMs);
  }
  latenciesMs.sort((a, b) => a - b);
  return { p50Ms: toQuantile(latenciesMs, 0.5), p99Ms: toQuantile(latenciesMs, 0.99) };
}

/** One page on a connection of its own. */
export async function readPage(read: Read): Promise<Page> {
  using client = await openConnection(read.url);
  return (await ask(client, read)).page;
}

/** The time ends with the answer's last byte, before it is parsed. */
async function ask(client: Connection, read: Read): Promise<{ page: Page; tookMs: number }> {
  const request =
    `GET ${toPath(read)} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${read.token}\r\n` +
    'Accept: application/json\r\n\r\n';
  const askedMs = performance.now();
  const { status, body } = await client.ask([request]);
  const tookMs = performance.now() - askedMs;
  if (status !== 200) throw new Error(`${toPath(read)} answered ${status}: ${body.slice(0, 500)}`);
  return { page: JSON.parse(body), tookMs };
}

function toPath({ path = '/v1/resources', query }: Read): string {
  return `${path}?${new URLSearchParams(query)}`;
}
