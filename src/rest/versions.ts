// REST routes of versions, each a translation of one domain call. Their bytes are a download's.
import type { FastifyInstance } from 'fastify';
import { toRecordTag } from '../domain/change/expected-version.ts';
import { openCaller } from '../http/caller.ts';
import type { Transport } from '../http/transport.ts';
import { fromListQuery } from '../schema/list-query.ts';
import { parseInput } from '../schema/parse-input.ts';
import { toRestResource } from '../schema/resource.ts';
import { listVersionsInput, parseVersionNumber, toRestVersionPage } from '../schema/versions.ts';

type ById = { readonly Params: { readonly id: string }; readonly Querystring: { readonly [name: string]: unknown } };
type ByNumber = { readonly Params: { readonly id: string; readonly number: string } };

/** Mounts `GET /v1/resources/{id}/versions` and `POST /v1/resources/{id}/versions/{number}/restore`. */
export function mountVersions(rest: FastifyInstance, { operations, authenticate }: Transport): void {
  rest.get<ById>('/v1/resources/:id/versions', async (request, reply) => {
    const caller = await openCaller({ request, reply }, authenticate);
    const { id } = request.params;
    request.event.resourceId = id;
    const input = parseInput(listVersionsInput, fromListQuery(listVersionsInput, request.query));
    return toRestVersionPage(await operations.versions({ ...input, id }, caller));
  });

  rest.post<ByNumber>('/v1/resources/:id/versions/:number/restore', async (request, reply) => {
    const caller = await openCaller({ request, reply }, authenticate);
    const { id, number } = request.params;
    request.event.resourceId = id;
    const version = { id, number: parseVersionNumber(number) };
    const { resource, result } = await operations.restoreVersion(version, caller);
    reply.headers({ etag: toRecordTag(resource), 'resource-outcome': result });
    return toRestResource(resource);
  });
}
