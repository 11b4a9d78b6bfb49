// REST routes that change and delete, each a translation of one domain call.
import type { FastifyInstance } from 'fastify';
import { toRecordTag } from '../domain/change/expected-version.ts';
import type { Transport } from '../http/transport.ts';
import { moveDirectoryInput, restDeleteDirectoryQuery } from '../schema/directory.ts';
import { parseInput, parseRestInput } from '../schema/parse-input.ts';
import { toRestResource } from '../schema/resource.ts';
import { deleteResourcesInput, restDeleteResourceQuery, updateResourceFields } from '../schema/update-resource.ts';
import { toIfMatch } from './expected-version.ts';
import { createRoute } from './route.ts';

/** Mounts `PATCH` and `DELETE /v1/resources/{id}`, `POST /v1/resources/delete` and the changes of directories. */
export function mountChanges(rest: FastifyInstance, transport: Transport): void {
  const { operations } = transport;
  const route = createRoute(rest, transport);

  route('updateResource', async ({ request, reply, caller, params: { id }, readJson }) => {
    request.event.resourceId = id;
    const input = parseRestInput(updateResourceFields, await readJson());
    const ifMatch = toIfMatch(request, input.ifMatch);
    const resource = await operations.updateResource({ ...input, id, ifMatch }, caller);
    reply.header('etag', toRecordTag(resource));
    return toRestResource(resource);
  });

  route('deleteResource', async ({ request, caller, params: { id } }) => {
    request.event.resourceId = id;
    const { permanent } = parseInput(restDeleteResourceQuery, request.query);
    const input = { id, ifMatch: request.headers['if-match'], permanent: permanent === 'true' };
    return { deleted: Number(await operations.deleteResource(input, caller)) };
  });

  route('deleteResources', async ({ caller, readJson }) => {
    const input = parseInput(deleteResourcesInput, await readJson());
    return { deleted: await operations.deleteResources(input, caller) };
  });

  route('moveDirectory', async ({ caller, readJson }) => {
    const input = parseInput(moveDirectoryInput, await readJson());
    return { moved: await operations.moveDirectory(input, caller) };
  });

  route('deleteDirectory', async ({ request, caller }) => {
    const { path, permanent } = parseInput(restDeleteDirectoryQuery, request.query);
    return { deleted: await operations.deleteDirectory({ path, permanent: permanent === 'true' }, caller) };
  });
}
