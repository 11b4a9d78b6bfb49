// REST routes of uploads, each a translation of one domain call. Bytes come by tus, into the store, or by the IETF's draft.
import type { FastifyInstance } from 'fastify';
import { invalidInput } from '../domain/errors.ts';
import type { Transport } from '../http/transport.ts';
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
import { createRoute, toHandler } from './route.ts';
import { answerFinished } from './uploads-answer.ts';

/** Mounts `/v1/uploads` and what is below it. */
export function mountUploads(rest: FastifyInstance, transport: Transport): void {
  const { operations, originOf } = transport;
  const draft = createDraft(transport);
  const route = createRoute(rest, transport);

  // What is not a browser's preflight asks what can be done here; a preflight is answered the same, with what CORS adds.
  const config = { cors: { strictPreflight: false, preflightContinue: true } };
  for (const url of ['/v1/uploads', '/v1/uploads/:id']) rest.options(url, { config }, draft.tell);

  const create = toHandler(transport, async ({ request, caller, readJson }) => {
    const [misplaced] = Object.keys(request.query as object);
    if (misplaced !== undefined) throw invalidInput(misplaced, 'belongs in the body');
    const input = parseRestInput(createUploadInput, await readJson());
    const wanted = toCreateUploadInput(input, (value) => parseRestInput(intendedResourceInput, value));
    const { upload } = await operations.createUpload(wanted, caller);
    return toRestUpload(upload, { origin: originOf(request) });
  });
  rest.post('/v1/uploads', async (request, reply) => {
    return await (isDraft(request) ? draft.create : create)(request, reply);
  });

  route('uploads', async ({ request, caller, readQuery }) => {
    const page = await operations.uploads(readQuery(listUploadsInput), caller);
    return toRestUploadPage(page, { origin: originOf(request) });
  });

  const read = toHandler(transport, async ({ request, caller, params }) => {
    return toRestUpload(await operations.upload(params.id, caller), { origin: originOf(request) });
  });
  rest.get('/v1/uploads/:id', { exposeHeadRoute: false }, read);
  rest.head('/v1/uploads/:id', draft.head);
  rest.patch('/v1/uploads/:id', draft.patch);

  route('cancelUpload', async ({ caller, params }) => {
    return { cancelled: Number(await operations.cancelUpload(params.id, caller)) };
  });

  route('uploadParts', async ({ caller, params, readJson }) => {
    const { numbers } = parseInput(restUploadPartsInput, await readJson());
    return toRestSignedParts(await operations.uploadParts({ id: params.id, numbers }, caller));
  });

  route('receivedParts', async ({ caller, params }) => {
    return toRestReceivedParts(await operations.receivedParts(params.id, caller));
  });

  route('completeUpload', async ({ request, reply, caller, params }) => {
    const finished = await operations.completeUpload(params.id, caller);
    return answerFinished({ request, reply }, finished, originOf(request));
  });
}
