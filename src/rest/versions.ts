// REST routes of versions, each a translation of one domain call. Their bytes are a download's.
import type { FastifyInstance } from 'fastify';
import { toRecordTag } from '../domain/change/expected-version.ts';
import type { Transport } from '../http/transport.ts';
import { toRestResource } from '../schema/resource.ts';
import { listVersionsInput, parseVersionNumber, toRestVersionPage } from '../schema/versions.ts';
import { createRoute } from './route.ts';

/** Mounts `GET /v1/resources/{id}/versions` and `POST /v1/resources/{id}/versions/{number}/restore`. */
export function mountVersions(rest: FastifyInstance, transport: Transport): void {
  const { operations } = transport;
  const route = createRoute(rest, transport);

  route('versions', async ({ request, caller, params: { id }, readQuery }) => {
    request.event.resourceId = id;
    return toRestVersionPage(await operations.versions({ ...readQuery(listVersionsInput), id }, caller));
  });

  route('restoreVersion', async ({ request, reply, caller, params: { id, number } }) => {
    request.event.resourceId = id;
    const { resource, result } = await operations.restoreVersion({ id, number: parseVersionNumber(number) }, caller);
    reply.headers({ etag: toRecordTag(resource), 'resource-outcome': result });
    return toRestResource(resource);
  });
}
