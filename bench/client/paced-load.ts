// An open loop: creates that come at a rate, whether or not the ones before have been answered.
import { setTimeout as pause } from 'node:timers/promises';
import { toQuantile } from '../report/quantile.ts';
import { openConnection } from './connection.ts';
import { type Create, createRequest } from './creates.ts';

export type PacedLoadOptions = {
  readonly url: URL;
  /** The create that comes as number `at`. */
  readonly toCreate: (at: number) => Create;
  readonly perSecond: number;
  /** What comes while all are busy waits for one of them. */
  readonly connections: number;
  readonly durationMs: number;
};

export type PacedLoadResult = {
  readonly answered: number;
  /** Answered, which is what was offered unless the server fell behind. */
  readonly perSecond: number;
  /** From when it was due to the end of its answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
};

const TICK_MS = 2;

/** @throws at the first answer that does not say that the resource was stored */
export async function runPacedLoad(options: PacedLoadOptions): Promise<PacedLoadResult> {
  const { url, toCreate, perSecond, connections, durationMs } = options;
  using opened = new DisposableStack();
  const idle = await Promise.all(Array.from({ length: connections }, () => openConnection(url)));
  for (const client of idle) opened.use(client);
  const running = new Set<Promise<void>>();
  const tookMs: number[] = [];
  const startedMs = performance.now();
  const total = Math.round((durationMs / 1000) * perSecond);

  async function ask(at: number): Promise<void> {
    // In turn: the server closes what has been idle for seconds.
    const client = idle.shift();
    if (client === undefined) throw new Error('no connection is free');
    const create = toCreate(at);
    const { status, body } = await client.ask(createRequest(create));
    if (status !== 200 || !create.transport.isStored(body, create.sizeBytes)) {
      throw new Error(`${create.transport.name} answered ${status}: ${body.slice(0, 500)}`);
    }
    tookMs.push(performance.now() - startedMs - (at / perSecond) * 1000);
    idle.push(client);
  }

  for (let at = 0; at < total; ) {
    const due = Math.min(total, Math.ceil(((performance.now() - startedMs) / 1000) * perSecond));
    for (; at < due && idle.length > 0; at += 1) {
      const asked = ask(at).finally(() => running.delete(asked));
      running.add(asked);
    }
    if (idle.length === 0) await Promise.race(running);
    else await pause(TICK_MS);
  }
  await Promise.all(running);

  const seconds = (performance.now() - startedMs) / 1000;
  tookMs.sort((a, b) => a - b);
  return {
    answered: tookMs.length,
    perSecond: tookMs.length / seconds,
    p50Ms: toQuantile(tookMs, 0.5),
    p99Ms: toQuantile(tookMs, 0.99),
  };
}
