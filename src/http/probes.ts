// Is it alive, can it serve, how is it doing. Tells nothing of why not: that is in the log.
import type { FastifyInstance } from 'fastify';

export type ProbeOptions = {
  /** Names what cannot serve right now; empty when all can. Never rejects. */
  findUnready(): Promise<readonly string[]>;
  metrics(): Promise<{ contentType: string; text: string }>;
};

/** Mounts `/healthz`, `/readyz` and `/metrics`. */
export function mountProbes(app: FastifyInstance, { findUnready, metrics }: ProbeOptions): void {
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const unready = await findUnready();
    if (unready.length === 0) return { status: 'ok' };
    return await reply.code(503).send({ status: 'unavailable', unready });
  });
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics();
    return await reply.type(contentType).send(text);
  });
}
