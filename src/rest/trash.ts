// REST routes of the trash, each a translation of one domain call.
import type { FastifyInstance } from 'fastify';
import { toRecordTag } from '../domain/change/expected-version.ts';
import type { Transport } from '../http/transport.ts';
import { hasBody } from '../http/unread-body.ts';
import { parseRestInput } from '../schema/parse-input.ts';
import { toRestResource } from '../schema/resource.ts';
import { listTrashInput, restoreManyTrashedInput, restoreTrashedFields, toRestTrashPage } from '../schema/trash.ts';
import { createRoute, type RestCall } from './route.ts';

/** Mounts `/v1/trash` and what is below it. */
export function mountTrash(rest: FastifyInstance, transport: Transport): void {
  const { operations } = transport;
  const route = createRoute(rest, transport);

  route('trash', async ({ caller, readQuery }) => {
    return toRestTrashPage(await operations.trash(readQuery(listTrashInput), caller));
  });

  route('restoreTrashed', async (call) => {
    const { request, reply, caller, params } = call;
    request.event.resourceId = params.id;
    const input = parseRestInput(restoreTrashedFields, await readIfAny(call));
    const { resource, result } = await operations.restoreTrashed({ ...input, id: params.id }, caller);
    reply.headers({ etag: toRecordTag(resource), 'resource-outcome': result });
    return toRestResource(resource);
  });

  route('restoreManyTrashed', async (call) => {
    const input = parseRestInput(restoreManyTrashedInput, await readIfAny(call));
    return { restored: await operations.restoreManyTrashed(input, call.caller) };
  });

  route('deleteTrashed', async ({ request, caller, params: { id } }) => {
    request.event.resourceId = id;
    return { deleted: Number(await operations.deleteTrashed(id, caller)) };
  });

  route('emptyTrash', async ({ caller }) => ({ deleted: await operations.emptyTrash({}, caller) }));
}

/** Nothing at all says as much as an empty object. */
async function readIfAny({ request, readJson }: RestCall): Promise<unknown> {
  return hasBody(request) ? await readJson() : {};
}
