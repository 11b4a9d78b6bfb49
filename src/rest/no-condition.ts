// Refuses `If-Match` where it is not followed: who sends it counts on nothing being done when the resource has changed.
import type { FastifyInstance, preHandlerAsyncHookHandler } from 'fastify';
import { invalidInput } from '../domain/errors.ts';
import { type Authenticate, openCaller } from '../http/caller.ts';
import { OPERATIONS as DESCRIBED } from '../schema/openapi/document.ts';
import { OPERATIONS } from '../schema/operations.ts';

/** The contract's create follows it without naming it among its headers. */
const CREATE = OPERATIONS.createResource.route;

/** Judges the condition of every described route that changes something, once the token has been judged. */
export function requireFollowedCondition(rest: FastifyInstance, authenticate: Authenticate): void {
  const passing = new Set<string>(
    DESCRIBED.filter(({ headers }) => !headers?.some(({ name }) => name === 'If-Match')).map(
      ({ name }) => OPERATIONS[name].route,
    ),
  );
  passing.delete(CREATE);
  const judge: preHandlerAsyncHookHandler = async (request, reply) => {
    if (request.headers['if-match'] === undefined) return;
    await openCaller({ request, reply }, authenticate);
    throw invalidInput('If-Match', 'is not followed here; send the request without it');
  };
  rest.addHook('onRoute', (route) => {
    const [method = 'GET'] = [route.method].flat();
    if (method === 'GET' || !passing.has(`${method} ${route.url.replace(/:(\w+)/g, '{$1}')}`)) return;
    route.preHandler = [...[route.preHandler ?? []].flat(), judge];
  });
}
