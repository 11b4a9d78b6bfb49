// A closed loop: so many connections, each asking as soon as it has been answered.
import { toQuantile } from '../report/quantile.ts';
import { type Connection, openConnection } from './connection.ts';
import { type Create, createRequest } from './creates.ts';

export type LoadOptions = {
  readonly url: URL;
  /** What is asked for each time, under a new name. */
  readonly create: Create;
  readonly connections: number;
  /** No request is begun later; those begun are waited for. */
  readonly durationMs: number;
  /** Ends the load early. */
  readonly signal?: AbortSignal;
};

export type LoadResult = {
  readonly answered: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
};

/** @throws at the first answer that does not say that the resource was stored */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { url, create, connections, durationMs, signal } = options;
  using opened = new DisposableStack();
  const clients = await Promise.all(Array.from({ length: connections }, () => openConnection(url)));
  for (const client of clients) opened.use(client);
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + durationMs;

  async function keepAsking(client: Connection): Promise<void> {
    while (performance.now() < endMs && !signal?.aborted) {
      const askedMs = performance.now();
      await ask(client, create);
      latenciesMs.push(performance.now() - askedMs);
    }
  }
  await Promise.all(clients.map(keepAsking));
  const tookMs = performance.now() - startedMs;

  latenciesMs.sort((a, b) => a - b);
  const quantile = (q: number) => toQuantile(latenciesMs, q);
  return {
    answered: latenciesMs.length,
    perSecond: latenciesMs.length / (tookMs / 1000),
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    longestMs: quantile(1),
  };
}

/** One create on a connection of its own. @returns how long it took */
export async function runOne({ url, create }: Pick<LoadOptions, 'url' | 'create'>): Promise<{ tookMs: number }> {
  using client = await openConnection(url);
  const askedMs = performance.now();
  await ask(client, create);
  return { tookMs: performance.now() - askedMs };
}

async function ask(client: Connection, create: Create): Promise<void> {
  const { transport, sizeBytes } = create;
  const { status, body } = await client.ask(createRequest(create));
  if (status !== 200 || !transport.isStored(body, sizeBytes)) {
    throw new Error(`${transport.name} answered ${status}: ${body.slice(0, 500)}`);
  }
}
