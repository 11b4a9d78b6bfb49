// The GraphQL transport over HTTP. What answers is loaded by the first request, or as soon as the gateway listens.
import type { FastifyInstance } from 'fastify';
import { setHeaders } from '../../http/framing.ts';
import type { GraphqlEndpoint, GraphqlOptions } from './endpoint.ts';
import { GRAPHIQL_CSP } from './graphiql.ts';

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
      const { response, text } = await respond({ request, reply });
      setHeaders(reply, response);
      if (response.headers.get('content-type') === 'text/html') reply.header('content-security-policy', GRAPHIQL_CSP);
      return await reply.code(response.status).send(text);
    },
  });
  return {
    async load() {
      await findEndpoint();
    },
  };
}
