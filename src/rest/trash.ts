// REST routes of the trash, each a translation of one domain call.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../domain/caller/caller.ts';
import { toRecordTag } from '../domain/change/expected-version.ts';
import { openCaller } from '../http/caller.ts';
import type { Transport } from '../http/transport.ts';
import { hasBody } from '../http/unread-body.ts';
import { fromListQuery } from '../schema/list-query.ts';
import { parseInput, parseRestInput } from '../schema/parse-input.ts';
import { toRestResource } from '../schema/resource.ts';
import { listTrashInput, restoreManyTrashedInput, restoreTrashedFields, toRestTrashPage } from '../schema/trash.ts';

type ById = { readonly Params: { readonly id: string } };
type Query = { readonly Querystring: { readonly [name: string]: unknown } };

/** Mounts `/v1/trash` and what is below it. */
export function mountTrash(rest: FastifyInstance, { operations, authenticate, readBody }: Transport): void {
  const open = (request: FastifyRequest, reply: FastifyReply): Promise<Caller> =>
    openCaller({ request, reply }, authenticate);
  /** Nothing at all says as much as an empty object. */
  const readJson = async (request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<unknown> => {
    if (!hasBody(request)) return {};
    await using body = await readBody({ request, reply }, { caller });
    return body.value;
  };

  rest.get<Query>('/v1/trash', async (request, reply) => {
    const caller = await open(request, reply);
    const input = parseInput(listTrashInput, fromListQuery(listTrashInput, request.query));
    return toRestTrashPage(await operations.trash(input, caller));
  });

  rest.post<ById>('/v1/trash/:id/restore', async (request, reply) => {
    const caller = await open(request, reply);
    const { id } = request.params;
    request.event.resourceId = id;
    const input = parseRestInput(restoreTrashedFields, await readJson(request, reply, caller));
    const { resource, result } = await operations.restoreTrashed({ ...input, id }, caller);
    reply.headers({ etag: toRecordTag(resource), 'resource-outcome': result });
    return toRestResource(resource);
  });

  rest.post('/v1/trash/restore', async (request, reply) => {
    const caller = await open(request, reply);
    const input = parseRestInput(restoreManyTrashedInput, await readJson(request, reply, caller));
    return { restored: await operations.restoreManyTrashed(input, caller) };
  });

  rest.delete<ById>('/v1/trash/:id', async (request, reply) => {
    const caller = await open(request, reply);
    const { id } = request.params;
    request.event.resourceId = id;
    return { deleted: Number(await operations.deleteTrashed(id, caller)) };
  });

  rest.delete('/v1/trash', async (request, reply) => {
    const caller = await open(request, reply);
    return { deleted: await operations.emptyTrash({}, caller) };
  });
}
