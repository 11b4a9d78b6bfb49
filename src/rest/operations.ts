// What each REST route is called in the log and the metrics: as in the other transports, also when it is refused.
import type { FastifyInstance } from 'fastify';

const OPERATIONS: { readonly [route: string]: string } = {
  'POST /v1/resources': 'createResource',
  'POST /v1/resources/batch': 'createResources',
  'GET /v1/resources': 'resources',
  'GET /v1/resources/:id': 'resource',
  'GET /v1/resources/by-path': 'resourceByPath',
  'GET /v1/resources/:id/content': 'content',
  'GET /v1/resources/:id/download-url': 'downloadUrl',
  'PATCH /v1/resources/:id': 'updateResource',
  'DELETE /v1/resources/:id': 'deleteResource',
  'POST /v1/resources/delete': 'deleteResources',
  'GET /v1/directories': 'directory',
  'POST /v1/directories/move': 'moveDirectory',
  'DELETE /v1/directories': 'deleteDirectory',
};

/** Names the operation of each request, before anything of it is judged. */
export function nameOperations(rest: FastifyInstance): void {
  rest.addHook('onRequest', async (request) => {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const operation = OPERATIONS[`${method} ${request.routeOptions.url}`];
    if (operation !== undefined) request.event.operation = operation;
  });
}
