// Refuses a query's parameter that its route does not know: most often it is misspelt, and to ignore it would hide that.
import type { FastifyInstance, preHandlerHookHandler } from 'fastify';
import { type Authenticate, openCaller } from '../http/caller.ts';
import { OPERATIONS as DESCRIBED } from '../schema/openapi/document.ts';
import { OPERATIONS } from '../schema/operations.ts';
import { unknownKey } from '../schema/unknown-keys.ts';

/** The contract's create lets a request say more than it names; it tells what it ignored. */
const CREATE = 'POST /v1/resources';

/** Judges the query of every described route, once the token has been judged. */
export function requireKnownQuery(rest: FastifyInstance, authenticate: Authenticate): void {
  const parameters = listQueryParameters();
  rest.addHook('onRoute', (route) => {
    const method = [route.method].flat().find((each) => each !== 'HEAD') ?? 'GET';
    const name = `${method} ${route.url.replace(/:(\w+)/g, '{$1}')}`;
    const known = parameters.get(name);
    if (known === undefined || name === CREATE) return;
    const judge: preHandlerHookHandler = (request, reply, done) => {
      const unknown = Object.keys(request.query as object).find((each) => !known.includes(each));
      if (unknown === undefined) return done();
      openCaller({ request, reply }, authenticate).then(() => done(unknownKey(unknown, known)), done);
    };
    route.preHandler = [judge, ...[route.preHandler ?? []].flat()];
  });
}

/** Which parameters the query of each route may name, by method and path such as `GET /v1/resources/{id}`. */
function listQueryParameters(): ReadonlyMap<string, readonly string[]> {
  // What needs no token judges its query first: a token may be in it.
  const judged = DESCRIBED.filter(({ tokenless }) => tokenless !== true);
  return new Map(
    judged.map(({ name, query }) => [OPERATIONS[name].route, query === undefined ? [] : Object.keys(query.shape)]),
  );
}
