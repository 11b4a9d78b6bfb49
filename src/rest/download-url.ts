// The REST route that gives out an address of a content which needs no token for a while.
import type { FastifyInstance } from 'fastify';
import { openCaller } from '../http/caller.ts';
import type { Transport } from '../http/transport.ts';
import { restDownloadUrlQuery, toDownloadUrl } from '../schema/download-address.ts';
import { parseInput } from '../schema/parse-input.ts';

/** Mounts `GET /v1/resources/{id}/download-url`. */
export function mountDownloadUrl(rest: FastifyInstance, { operations, authenticate, originOf }: Transport): void {
  rest.get<{ Params: { id: string } }>('/v1/resources/:id/download-url', async (request, reply) => {
    const { id } = request.params;
    Object.assign(request.event, { operation: 'downloadUrl', resourceId: id });
    const caller = await openCaller({ request, reply }, authenticate);
    const { disposition } = parseInput(restDownloadUrlQuery, request.query);
    const resource = await operations.resource(id, caller);
    const address = await operations.downloadUrl({ resource, disposition }, caller);
    const { url, expiresAt } = toDownloadUrl(address, { origin: originOf(request), disposition });
    return { url, expires_at: expiresAt };
  });
}
