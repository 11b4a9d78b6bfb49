// REST routes of uploads, each a translation of one domain call. Bytes come by tus, into the store, or by the IETF's draft.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../domain/caller/caller.ts';
import type { Finished } from '../domain/uploads/finish-upload.ts';
import { type Exchange, openCaller } from '../http/caller.ts';
import type { Transport } from '../http/transport.ts';
import { fromListQuery } from '../schema/list-query.ts';
import { parseInput, parseRestInput } from '../schema/parse-input.ts';
import { toRestResource } from '../schema/resource.ts';
import {
  createUploadInput,
  intendedResourceInput,
  listUploadsInput,
  type RestUploadOutcome,
  restUploadPartsInput,
  toCreateUploadInput,
  toRestReceivedParts,
  toRestSignedParts,
  toRestUpload,
  toRestUploadPage,
} from '../schema/upload.ts';

type ById = { readonly Params: { readonly id: string } };
type Query = { readonly Querystring: { readonly [name: string]: unknown } };

/** Mounts `/v1/uploads` and what is below it. */
export function mountUploads(rest: FastifyInstance, { operations, authenticate, readBody, originOf }: Transport): void {
  const open = (request: FastifyRequest, reply: FastifyReply): Promise<Caller> =>
    openCaller({ request, reply }, authenticate);
  const readJson = async (request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<unknown> => {
    await using body = await readBody({ request, reply }, { caller });
    return body.value;
  };

  rest.post('/v1/uploads', async (request, reply) => {
    const caller = await open(request, reply);
    const input = parseRestInput(createUploadInput, await readJson(request, reply, caller));
    const wanted = toCreateUploadInput(input, (value) => parseRestInput(intendedResourceInput, value));
    const { upload } = await operations.createUpload(wanted, caller);
    return toRestUpload(upload, { origin: originOf(request) });
  });

  rest.get<Query>('/v1/uploads', async (request, reply) => {
    const caller = await open(request, reply);
    const input = parseInput(listUploadsInput, fromListQuery(listUploadsInput, request.query));
    return toRestUploadPage(await operations.uploads(input, caller), { origin: originOf(request) });
  });

  rest.get<ById>('/v1/uploads/:id', { exposeHeadRoute: false }, async (request, reply) => {
    const caller = await open(request, reply);
    return toRestUpload(await operations.upload(request.params.id, caller), { origin: originOf(request) });
  });

  rest.delete<ById>('/v1/uploads/:id', async (request, reply) => {
    const caller = await open(request, reply);
    return { cancelled: Number(await operations.cancelUpload(request.params.id, caller)) };
  });

  rest.post<ById>('/v1/uploads/:id/parts', async (request, reply) => {
    const caller = await open(request, reply);
    const { numbers } = parseInput(restUploadPartsInput, await readJson(request, reply, caller));
    return toRestSignedParts(await operations.uploadParts({ id: request.params.id, numbers }, caller));
  });

  rest.get<ById>('/v1/uploads/:id/parts', async (request, reply) => {
    const caller = await open(request, reply);
    return toRestReceivedParts(await operations.receivedParts(request.params.id, caller));
  });

  rest.post<ById>('/v1/uploads/:id/complete', async (request, reply) => {
    const caller = await open(request, reply);
    const finished = await operations.completeUpload(request.params.id, caller);
    return answerFinished({ request, reply }, finished, originOf(request));
  });
}

/** The resource that an upload has ended in, or the upload, as the answer to whoever finished it. */
export function answerFinished({ request, reply }: Exchange, finished: Finished, origin: string): RestUploadOutcome {
  const { upload, resource, result } = finished;
  if (result !== null) reply.header('resource-outcome', result);
  if (resource === null) return toRestUpload(upload, { origin });
  Object.assign(request.event, { resourceId: resource.id, sizeBytes: resource.sizeBytes });
  return toRestResource(resource);
}
