// What is judged of requests by the route that they come to, before any route's own code.
import type { FastifyInstance, preHandlerHookHandler } from 'fastify';
import { OPERATIONS as DESCRIBED } from '../schema/openapi/document.ts';
import type { Operation } from '../schema/openapi/operation.ts';
import { OPERATIONS } from '../schema/operations.ts';

export const CREATE = OPERATIONS.createResource.route;

/**
 * Gives each route that is mounted from now on its judge, after those that it has; those of HEAD are judged as those of GET.
 * @param toJudge null: such an operation is not judged. `route` is as in the table of operations: `GET /v1/resources/{id}`
 */
export function judgeRoutes(
  rest: FastifyInstance,
  toJudge: (operation: Operation, route: string) => preHandlerHookHandler | null,
): void {
  const judges = new Map(
    DESCRIBED.map((operation) => [
      OPERATIONS[operation.name].route as string,
      toJudge(operation, OPERATIONS[operation.name].route),
    ]),
  );
  rest.addHook('onRoute', (route) => {
    const method = [route.method].flat().find((each) => each !== 'HEAD') ?? 'GET';
    const judge = judges.get(`${method} ${route.url.replace(/:(\w+)/g, '{$1}')}`);
    if (judge) route.preHandler = [...[route.preHandler ?? []].flat(), judge];
  });
}
