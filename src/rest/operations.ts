// Each REST request has its operation's name in the log and the metrics from the start, also when it is refused.
import type { FastifyInstance } from 'fastify';
import { OPERATIONS } from '../schema/operations.ts';

const NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(OPERATIONS).map(([name, { route }]) => [route.replace(/\{(\w+)\}/g, ':$1'), name]),
);

/** Names the operation of each request, before anything of it is judged. */
export function nameOperations(rest: FastifyInstance): void {
  rest.addHook('onRequest', async (request) => {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const operation = NAMES.get(`${method} ${request.routeOptions.url}`);
    if (operation !== undefined) request.event.operation = operation;
  });
}
