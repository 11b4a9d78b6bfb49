// REST routes of uploads, each a translation of one domain call. Bytes come by tus, into the store, or by the IETF's draft.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../domain/caller/caller.ts';
import { invalidInput } from '../domain/errors.ts';
import { openCaller } from '../http/caller.ts';
import type { Transport } from '../http/transport.ts';
import { fromListQuery } from '../schema/list-query.ts';
import { parseInput, parseRestInput } from '../schema/parse-input.ts';
import {
  createUploadInput,
  intendedResourceInput,
  listUploadsInput,
  restUploadPartsInput,
  toCreateUploadInput,
  toRestReceivedParts,
  toRestSignedParts,
  toRestUpload,
  toRestUploadPage,
} from '../schema/upload.ts';
import { createDraft, isDraft } from './draft/uploads.ts';
import { answerFinished } from './uploads-answer.ts';

type ById = { readonly Params: { readonly id: string } };
type Query = { readonly Querystring: { readonly [name: string]: unknown } };

/** Mounts `/v1/uploads` and what is below it. */
export function mountUploads(rest: FastifyInstance, transport: Transport): void {
  const { operations, authenticate, readBody, originOf } = transport;
  const draft = createDraft(transport);
  const open = (request: FastifyRequest, reply: FastifyReply): Promise<Caller> =>
    openCaller({ request, reply }, authenticate);
  const readJson = async (request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<unknown> => {
    await using body = await readBody({ request, reply }, { caller });
    return body.value;
  };

  // What is not a browser's preflight asks what can be done here; a preflight is answered the same, with what CORS adds.
  const config = { cors: { strictPreflight: false, preflightContinue: true } };
  for (const url of ['/v1/uploads', '/v1/uploads/:id']) rest.options(url, { config }, draft.tell);

  rest.post<Query>('/v1/uploads', async (request, reply) => {
    if (isDraft(request)) return await draft.create(request, reply);
    const caller = await open(request, reply);
    const [misplaced] = Object.keys(request.query);
    if (misplaced !== undefined) throw invalidInput(misplaced, 'belongs in the body');
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

  rest.head('/v1/uploads/:id', draft.head);
  rest.patch('/v1/uploads/:id', draft.patch);

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
