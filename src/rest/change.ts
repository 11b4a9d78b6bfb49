// REST routes that change and delete, each a translation of one domain call.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../domain/caller/caller.ts';
import { toRecordTag } from '../domain/change/expected-version.ts';
import { openCaller } from '../http/caller.ts';
import type { Transport } from '../http/transport.ts';
import { moveDirectoryInput, restDeleteDirectoryQuery } from '../schema/directory.ts';
import { parseInput, parseRestInput } from '../schema/parse-input.ts';
import { toRestResource } from '../schema/resource.ts';
import { deleteResourcesInput, restDeleteResourceQuery, updateResourceFields } from '../schema/update-resource.ts';
import { toIfMatch } from './expected-version.ts';

type ById = { readonly Params: { readonly id: string } };

/** Mounts `PATCH` and `DELETE /v1/resources/{id}`, `POST /v1/resources/delete` and the changes of directories. */
export function mountChanges(rest: FastifyInstance, { operations, authenticate, readBody }: Transport): void {
  const open = (request: FastifyRequest, reply: FastifyReply): Promise<Caller> =>
    openCaller({ request, reply }, authenticate);
  const readJson = async (request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<unknown> => {
    await using body = await readBody({ request, reply }, { caller });
    return body.value;
  };

  rest.patch<ById>('/v1/resources/:id', async (request, reply) => {
    const caller = await open(request, reply);
    const { id } = request.params;
    request.event.resourceId = id;
    const input = parseRestInput(updateResourceFields, await readJson(request, reply, caller));
    const ifMatch = toIfMatch(request, input.ifMatch);
    const resource = await operations.updateResource({ ...input, id, ifMatch }, caller);
    reply.header('etag', toRecordTag(resource));
    return toRestResource(resource);
  });

  rest.delete<ById>('/v1/resources/:id', async (request, reply) => {
    const caller = await open(request, reply);
    const { id } = request.params;
    request.event.resourceId = id;
    const { permanent } = parseInput(restDeleteResourceQuery, request.query);
    const input = { id, ifMatch: request.headers['if-match'], permanent: permanent === 'true' };
    return { deleted: Number(await operations.deleteResource(input, caller)) };
  });

  rest.post('/v1/resources/delete', async (request, reply) => {
    const caller = await open(request, reply);
    const input = parseInput(deleteResourcesInput, await readJson(request, reply, caller));
    return { deleted: await operations.deleteResources(input, caller) };
  });

  rest.post('/v1/directories/move', async (request, reply) => {
    const caller = await open(request, reply);
    const input = parseInput(moveDirectoryInput, await readJson(request, reply, caller));
    return { moved: await operations.moveDirectory(input, caller) };
  });

  rest.delete('/v1/directories', async (request, reply) => {
    const caller = await open(request, reply);
    const { path, permanent } = parseInput(restDeleteDirectoryQuery, request.query);
    return { deleted: await operations.deleteDirectory({ path, permanent: permanent === 'true' }, caller) };
  });
}
