// Refuses a query's parameter that its route does not know: most often it is misspelt, and to ignore it would hide that.
import type { FastifyInstance } from 'fastify';
import { type Authenticate, openCaller } from '../http/caller.ts';
import { unknownKey } from '../schema/unknown-keys.ts';
import { CREATE, judgeRoutes } from './judged-routes.ts';

/** Judges the query of every described route, once the token has been judged. */
export function requireKnownQuery(rest: FastifyInstance, authenticate: Authenticate): void {
  judgeRoutes(rest, ({ query, tokenless }, route) => {
    // What needs no token judges its query first: a token may be in it. The contract's create lets a request say more than it
    // names; it tells what it ignored.
    if (tokenless === true || route === CREATE) return null;
    const known = Object.keys(query?.shape ?? {});
    return (request, reply, done) => {
      const unknown = Object.keys(request.query as object).find((each) => !known.includes(each));
      if (unknown === undefined) return done();
      openCaller({ request, reply }, authenticate).then(() => done(unknownKey(unknown, known)), done);
    };
  });
}
