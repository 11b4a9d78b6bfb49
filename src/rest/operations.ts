// Each REST request has its operation's name in the log and the metrics from the start, also when it is refused.
import type { FastifyInstance } from 'fastify';
import { OPERATIONS } from '../schema/operations.ts';

const NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(OPERATIONS).map(([name, { route }]) => [route.replace(/\{(\w+)\}/g, ':$1'), name]),
);

/**
 * Names the operation of each request to a route that is mounted from now on, before anything of it is judged.
 * @throws Error when such a route is not in the table of operations
 */
export function nameOperations(rest: FastifyInstance): void {
  rest.addHook('onRoute', ({ method, url }) => {
    const unnamed = [method].flat().find((each) => each !== 'HEAD' && !NAMES.has(`${each} ${url}`));
    if (unnamed !== undefined) throw new Error(`${unnamed} ${url} has no row in schema/operations.ts`);
  });
  rest.addHook('onRequest', async (request) => {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const operation = NAMES.get(`${method} ${request.routeOptions.url}`);
    if (operation !== undefined) request.event.operation = operation;
  });
}
