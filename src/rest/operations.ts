// Each REST request has its operation's name in the log and the metrics from the start, also when it is refused.
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import { OPERATIONS, type OperationRow } from '../schema/operations.ts';

const NAMES: ReadonlyMap<string, string> = new Map(
  // A subscription shares its route with the page that it goes on from; the route says which of the two it is.
  Object.entries<OperationRow>(OPERATIONS).flatMap(([name, { isLive, route }]) =>
    isLive ? [] : [[route.replace(/\{(\w+)\}/g, ':$1'), name]],
  ),
);

/**
 * Names the operation of each request to a route that is mounted from now on, before anything of it is judged.
 * @throws Error when such a route is not in the table of operations
 */
export function nameOperations(rest: FastifyInstance): void {
  rest.addHook('onRoute', (route) => {
    const methods = [route.method].flat().filter((method) => method !== 'HEAD' && method !== 'OPTIONS');
    const unnamed = methods.find((method) => !NAMES.has(`${method} ${route.url}`));
    if (unnamed !== undefined) throw new Error(`${unnamed} ${route.url} has no row in schema/operations.ts`);
    const operation = NAMES.get(`${methods[0] ?? 'GET'} ${route.url}`);
    if (operation === undefined) return;
    const name: onRequestHookHandler = (request, _reply, done) => {
      request.event.operation = operation;
      done();
    };
    route.onRequest = [...[route.onRequest ?? []].flat(), name];
  });
}
