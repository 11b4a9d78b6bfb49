// Refuses a query's parameter that its route does not know: most often it is misspelt, and to ignore it would hide that.
import type { FastifyInstance } from 'fastify';
import { type Authenticate, openCaller } from '../http/caller.ts';
import { listQueryParameters } from '../schema/openapi/query-parameters.ts';
import { unknownKey } from '../schema/unknown-keys.ts';

/** The contract's create lets a request say more than it names; it tells what it ignored. */
const CREATE = 'POST /v1/resources';

/** Judges the query of every described route, once the token has been judged. */
export function requireKnownQuery(rest: FastifyInstance, authenticate: Authenticate): void {
  const parameters = listQueryParameters();
  rest.addHook('preHandler', async (request, reply) => {
    const { method, routeOptions, query } = request;
    const path = routeOptions.url?.replace(/:(\w+)/g, '{$1}');
    const route = `${method === 'HEAD' ? 'GET' : method} ${path}`;
    const known = parameters.get(route);
    if (known === undefined || route === CREATE) return;
    const unknown = Object.keys(query as object).find((name) => !known.includes(name));
    if (unknown === undefined) return;
    await openCaller({ request, reply }, authenticate);
    throw unknownKey(unknown, known);
  });
}
