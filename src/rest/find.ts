// REST routes that find, each a translation of one domain call.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../domain/caller/caller.ts';
import { toRecordTag } from '../domain/change/expected-version.ts';
import type { Resource } from '../domain/resource.ts';
import { openCaller } from '../http/caller.ts';
import type { Transport } from '../http/transport.ts';
import { readDirectoryInput, toReadDirectoryInput, toRestDirectoryPage } from '../schema/directory.ts';
import {
  findByPathInput,
  listResourcesInput,
  toListResourcesInput,
  toRestResourcePage,
} from '../schema/find-resources.ts';
import { fromListQuery } from '../schema/list-query.ts';
import { parseInput } from '../schema/parse-input.ts';
import { type RestResource, toRestResource } from '../schema/resource.ts';

type Query = { readonly Querystring: { readonly [name: string]: unknown } };
type ById = { readonly Params: { readonly id: string } };

/** Mounts `GET /v1/resources`, `/v1/resources/{id}`, `/v1/resources/by-path` and `/v1/directories`. */
export function mountReads(rest: FastifyInstance, { operations, authenticate }: Transport): void {
  const open = (request: FastifyRequest, reply: FastifyReply): Promise<Caller> =>
    openCaller({ request, reply }, authenticate);
  const answer = (resource: Resource, request: FastifyRequest, reply: FastifyReply): RestResource => {
    request.event.resourceId = resource.id;
    reply.header('etag', toRecordTag(resource));
    return toRestResource(resource);
  };

  rest.get<Query>('/v1/resources', async (request, reply) => {
    const caller = await open(request, reply);
    const input = parseInput(listResourcesInput, fromListQuery(listResourcesInput, request.query));
    return toRestResourcePage(await operations.resources(toListResourcesInput(input), caller));
  });

  rest.get<ById>('/v1/resources/:id', async (request, reply) => {
    const caller = await open(request, reply);
    return answer(await operations.resource(request.params.id, caller), request, reply);
  });

  rest.get<Query>('/v1/resources/by-path', async (request, reply) => {
    const caller = await open(request, reply);
    const place = parseInput(findByPathInput, fromListQuery(findByPathInput, request.query));
    return answer(await operations.resourceByPath(place, caller), request, reply);
  });

  rest.get<Query>('/v1/directories', async (request, reply) => {
    const caller = await open(request, reply);
    const input = parseInput(readDirectoryInput, fromListQuery(readDirectoryInput, request.query));
    return toRestDirectoryPage(await operations.directory(toReadDirectoryInput(input), caller));
  });
}
