// The tRPC tongue over HTTP: tRPC's own response logic over a request whose body we read, so that the token is judged
// first and content streams past its parser.
import { resolveResponse } from '@trpc/server/http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../domain/errors.ts';
import type { Resources } from '../domain/resources.ts';
import type { StagedContent } from '../domain/staging.ts';
import { type Authenticate, openCaller } from '../http/caller.ts';
import type { ReadBody, RequestBody } from '../http/request-body.ts';
import { toTrpcError } from './trpc-errors.ts';
import { appRouter, type TrpcContext } from './trpc-router.ts';

export type TrpcOptions = {
  readonly resources: Resources;
  readonly authenticate: Authenticate;
  readonly readBody: ReadBody;
};

const PREFIX = '/trpc/';
const MAX_BATCH_CALLS = 100;

/** A single call's content, or that of one call in a batch. */
const isContent = (path: readonly (string | number)[]) =>
  (path.length === 1 && path[0] === 'content') ||
  (path.length === 2 && path[1] === 'content' && /^\d{1,3}$/.test(String(path[0])));

/** Mounts `/trpc/*`. */
export function mountTrpc(app: FastifyInstance, options: TrpcOptions): void {
  app.route({
    url: `${PREFIX}*`,
    method: ['GET', 'POST'],
    handler: async (request, reply) => {
      const lifted = new Map<string, StagedContent>();
      let context: TrpcContext | null = null;
      let body: RequestBody | null = null;
      const text = async () => {
        if (context === null) throw new Error('the body was asked for before the token was judged');
        const { caller } = context;
        const stage = (bytes: AsyncIterable<Uint8Array>) => options.resources.stageDataUri(bytes, caller);
        body = await options.readBody({ request, reply }, { isContent, stage, signal: caller.signal });
        for (const [placeholder, content] of body.lifted) lifted.set(placeholder, content);
        return JSON.stringify(body.value);
      };
      try {
        const response = await resolveResponse({
          router: appRouter,
          req: toFetchRequest({ request, reply }, text),
          path: request.url.slice(PREFIX.length).replace(/\?.*$/s, ''),
          error: null,
          maxBatchSize: MAX_BATCH_CALLS,
          createContext: async () => {
            const caller = await openCaller({ request, reply }, options.authenticate).catch((error) => {
              throw toTrpcError(error);
            });
            context = { resources: options.resources, caller, lifted, event: request.event };
            return context;
          },
          onError: ({ error }) => {
            const { cause } = error;
            request.event.errorCode = cause instanceof GatewayError ? cause.code : error.code;
            if (cause instanceof GatewayError && cause.code === 'internal') request.event.err = cause.cause;
          },
          responseMeta: ({ errors }) =>
            errors.some(({ code }) => code === 'UNAUTHORIZED')
              ? { headers: new Headers({ 'www-authenticate': 'Bearer' }) }
              : {},
        });
        response.headers.forEach((value, name) => void reply.header(name, value));
        return await reply.code(response.status).send(await response.text());
      } finally {
        await (body as RequestBody | null)?.[Symbol.asyncDispose]();
      }
    },
  });
}

/**
 * As much of a fetch `Request` as tRPC looks at. It is always called JSON: our body reader judges the content type, so
 * that a wrong one gets the same answer in every tongue.
 */
function toFetchRequest(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  text: () => Promise<string>,
): Request {
  const headers = new Headers({ 'content-type': 'application/json' });
  for (const name of ['accept', 'trpc-accept']) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  const partial = {
    method: request.method,
    url: `http://gateway${request.url}`,
    headers,
    text,
    signal: controller.signal,
  };
  return partial as unknown as Request;
}
