// The GraphQL transport over HTTP. What answers is loaded by the first request, or as soon as the gateway listens.
import type { FastifyInstance } from 'fastify';
import type { GraphqlEndpoint, GraphqlOptions } from './endpoint.ts';

export type MountedGraphql = {
  /** Loads what answers, so that no request waits for it; harmless when repeated. */
  load(): Promise<void>;
};

/** Mounts `/graphql`: queries and mutations, and GraphiQL for a browser. */
export function mountGraphql(app: FastifyInstance, options: GraphqlOptions): MountedGraphql {
  let endpoint: Promise<GraphqlEndpoint> | null = null;
  const findEndpoint = () => {
    endpoint ??= import('./endpoint.ts').then(({ createGraphqlEndpoint }) => createGraphqlEndpoint(options));
    return endpoint;
  };

  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    handler: async (request, reply) => {
      const { respond } = await findEndpoint();
      const send = await respond({ request, reply });
      return await send();
    },
  });
  return {
    async load() {
      await findEndpoint();
    },
  };
}
