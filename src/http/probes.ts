// Is it alive, can it serve, how is it doing. Tells nothing of why not: that is in the log.
import { createServer, type Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { CallOptions } from '../domain/flow/stream.ts';

export type ProbeOptions = {
  /** Names what cannot serve right now; empty when all can. Never rejects. */
  findUnready(): Promise<readonly string[]>;
  /** Null when they are told elsewhere. */
  readonly metrics: ReadMetrics | null;
};

export type ReadMetrics = () => Promise<{ contentType: string; text: string }>;

/** Mounts `/healthz`, `/readyz` and, unless they are told elsewhere, `/metrics`. */
export function mountProbes(app: FastifyInstance, { findUnready, metrics }: ProbeOptions): void {
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const unready = await findUnready();
    if (unready.length === 0) return { status: 'ok' };
    return await reply.code(503).send({ status: 'unavailable', unready });
  });
  if (metrics === null) return;
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics();
    return await reply.type(contentType).send(text);
  });
}

type Checkable = { check(options: CallOptions): Promise<void> };
type Probing = {
  readonly timeoutMs: number;
  /** Told why one does not answer. */
  log(fields: { readonly err: unknown; readonly dependency: string }): void;
};

/** The names of those that do not answer in time. */
export async function findSilent(
  dependencies: { readonly [name: string]: Checkable },
  { timeoutMs, log }: Probing,
): Promise<string[]> {
  const signal = AbortSignal.timeout(timeoutMs);
  const names = await Promise.all(
    Object.entries(dependencies).map(async ([name, dependency]) => {
      try {
        await dependency.check({ signal });
        return [];
      } catch (err) {
        log({ err, dependency: name });
        return [name];
      }
    }),
  );
  return names.flat();
}

const MAX_SCRAPE_HEAD_MS = 10_000;

/** A server that answers `GET /metrics` and nothing else; it does not listen yet. */
export function createMetricsServer(metrics: ReadMetrics): Server {
  return createServer(
    { headersTimeout: MAX_SCRAPE_HEAD_MS, requestTimeout: MAX_SCRAPE_HEAD_MS },
    (request, response) => {
      if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
        response.writeHead(404).end('only GET /metrics is answered here\n');
        return;
      }
      metrics().then(
        ({ contentType, text }) => response.writeHead(200, { 'content-type': contentType }).end(text),
        () => response.writeHead(500).end('the metrics could not be read\n'),
      );
    },
  );
}
