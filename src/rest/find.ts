// REST routes that find, each a translation of one domain call.
import type { FastifyInstance } from 'fastify';
import { toRecordTag } from '../domain/change/expected-version.ts';
import type { Resource } from '../domain/resource.ts';
import type { Exchange } from '../http/caller.ts';
import type { Transport } from '../http/transport.ts';
import { readDirectoryInput, toReadDirectoryInput, toRestDirectoryPage } from '../schema/directory.ts';
import {
  findByPathInput,
  listResourcesInput,
  toListResourcesInput,
  toRestResourcePage,
} from '../schema/find-resources.ts';
import { type RestResource, toRestResource } from '../schema/resource.ts';
import { createRoute } from './route.ts';

/** Mounts `GET /v1/resources`, `/v1/resources/{id}`, `/v1/resources/by-path` and `/v1/directories`. */
export function mountReads(rest: FastifyInstance, transport: Transport): void {
  const { operations } = transport;
  const route = createRoute(rest, transport);

  route('resources', async ({ caller, readQuery }) => {
    const input = toListResourcesInput(readQuery(listResourcesInput));
    return toRestResourcePage(await operations.resources(input, caller));
  });

  route('resource', async ({ caller, params, ...exchange }) => {
    return answer(await operations.resource(params.id, caller), exchange);
  });

  route('resourceByPath', async ({ caller, readQuery, ...exchange }) => {
    return answer(await operations.resourceByPath(readQuery(findByPathInput), caller), exchange);
  });

  route('directory', async ({ caller, readQuery }) => {
    const input = toReadDirectoryInput(readQuery(readDirectoryInput));
    return toRestDirectoryPage(await operations.directory(input, caller));
  });
}

function answer(resource: Resource, { request, reply }: Exchange): RestResource {
  request.event.resourceId = resource.id;
  reply.header('etag', toRecordTag(resource));
  return toRestResource(resource);
}
