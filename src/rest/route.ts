// Mounts a route of the table of operations, and gives its answer what a route needs: whose request it is, what its address
// and its query say, and its body when that is asked for.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { z } from 'zod';
import type { Caller } from '../domain/caller/caller.ts';
import { type Exchange, openCaller } from '../http/caller.ts';
import type { Transport } from '../http/transport.ts';
import { fromListQuery } from '../schema/list-query.ts';
import { type OperationName, toRoute } from '../schema/operations.ts';
import { parseInput } from '../schema/parse-input.ts';

export type RestCall = Exchange & {
  readonly caller: Caller;
  /** Those that the route's path has. */
  readonly params: { readonly id: string; readonly number: string };
  /** @throws GatewayError `invalid_input` */
  readQuery<Schema extends z.ZodObject>(schema: Schema): z.output<Schema>;
  /** @throws GatewayError what the body reader throws */
  readJson(): Promise<unknown>;
};

type Answer = (call: RestCall) => Promise<unknown>;
type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
export type Route = (name: OperationName, answer: Answer) => void;

/** Mounts on `rest`. */
export function createRoute(rest: FastifyInstance, transport: Transport): Route {
  return (name, answer) => {
    const { method, path } = toRoute(name);
    const url = path.replace(/\{(\w+)\}/g, ':$1');
    rest.route({ method: method as HTTPMethods, url, handler: toHandler(transport, answer) });
  };
}

/** Nothing of a request is looked at before its caller is known. */
export function toHandler({ authenticate, readBody }: Transport, answer: Answer): Handler {
  return async (request, reply) => {
    const exchange = { request, reply };
    const caller = await openCaller(exchange, authenticate);
    return await answer({
      request,
      reply,
      caller,
      params: request.params as RestCall['params'],
      readQuery: (schema) => parseInput(schema, fromListQuery(schema, request.query as { [name: string]: unknown })),
      async readJson() {
        await using body = await readBody(exchange, { caller });
        return body.value;
      },
    });
  };
}
