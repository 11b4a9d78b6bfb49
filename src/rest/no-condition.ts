// Refuses `If-Match` where it is not followed: who sends it counts on nothing being done when the resource has changed.
import type { FastifyInstance } from 'fastify';
import { invalidInput } from '../domain/errors.ts';
import { type Authenticate, openCaller } from '../http/caller.ts';
import { CREATE, judgeRoutes } from './judged-routes.ts';

/** Judges the condition of every described route that changes something, once the token has been judged. */
export function requireFollowedCondition(rest: FastifyInstance, authenticate: Authenticate): void {
  judgeRoutes(rest, ({ headers }, route) => {
    // The contract's create follows it without naming it among its headers.
    if (route === CREATE || route.startsWith('GET ') || headers?.some(({ name }) => name === 'If-Match')) return null;
    return (request, reply, done) => {
      if (request.headers['if-match'] === undefined) return done();
      const refusal = invalidInput('If-Match', 'is not followed here; send the request without it');
      openCaller({ request, reply }, authenticate).then(() => done(refusal), done);
    };
  });
}
