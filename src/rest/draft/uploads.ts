// The IETF's "Resumable Uploads for HTTP" (draft-ietf-httpbis-resumable-upload, interop version 8) as a second skin on the
// same uploads: raw bytes to `POST /v1/uploads` begin one, `PATCH` goes on, `HEAD` tells how far it is.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../domain/caller/caller.ts';
import { GatewayError, malformedRequest } from '../../domain/errors.ts';
import type { CreateUploadInput } from '../../domain/uploads/create-upload.ts';
import type { Finished } from '../../domain/uploads/finish-upload.ts';
import type { Upload } from '../../domain/uploads/upload.ts';
import { openCaller } from '../../http/caller.ts';
import { createIgnoredFields } from '../../http/ignored-fields.ts';
import type { Transport } from '../../http/transport.ts';
import { isOfType, parseAnnounced } from '../../http/upload-headers.ts';
import { fromTextFields } from '../../schema/upload-text.ts';
import { answerFinished } from '../uploads-answer.ts';
import { answerDraftError } from './errors.ts';
import {
  PARTIAL_UPLOAD,
  readComplete,
  readContentDigest,
  readFilename,
  readInteger,
  readSha256,
  toReprDigest,
} from './headers.ts';
import { writeInterim } from './interim.ts';

type Handle = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
type Appending = {
  readonly upload: Pick<Upload, 'id'>;
  readonly offsetBytes: number;
  readonly isLast: boolean;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: Caller;
};

/** Whether a request begins an upload as the draft has it. */
export function isDraft({ headers }: FastifyRequest): boolean {
  return readComplete(headers) !== null;
}

/** The handlers of the draft. */
export function createDraft({ operations, authenticate, readBytes, originOf }: Transport) {
  const toLimit = (lifeMs = operations.uploadLimits.ttlMs): string =>
    `max-size=${operations.uploadLimits.maxBytes}, max-age=${Math.max(0, Math.floor(lifeMs / 1000))}`;
  const toAddress = (request: FastifyRequest, { id }: Pick<Upload, 'id'>) => `${originOf(request)}/v1/uploads/${id}`;

  const append = async ({ upload, offsetBytes, isLast, request, reply, caller }: Appending): Promise<Finished> => {
    const appending = operations.appendUpload(
      {
        id: upload.id,
        offsetBytes,
        bytes: readBytes({ request, reply }, caller),
        announcedBytes: parseAnnounced(request.headers),
        sizeBytes: readInteger(request.headers, 'upload-length'),
        isLast,
        checksum: readContentDigest(request.headers),
        onOffset: (durable) => writeInterim(request, reply, { 'Upload-Offset': String(durable) }),
      },
      caller,
    );
    return await appending.catch((thrown: unknown) => {
      if (isOfWhole(thrown)) reply.header('upload-complete', '?1');
      throw thrown;
    });
  };

  /** What an upload came to, or how far it is. */
  const answer = (request: FastifyRequest, reply: FastifyReply, finished: Finished): unknown => {
    const { upload } = finished;
    reply.headers({ 'upload-offset': String(upload.offsetBytes), 'upload-complete': toFlag(upload) });
    if (upload.state === 'open') return null;
    if (upload.sha256 !== null) reply.header('repr-digest', toReprDigest(upload.sha256));
    reply.code(200);
    return answerFinished({ request, reply }, finished, originOf(request));
  };

  const create: Handle = async (request, reply) => {
    const caller = await openCaller({ request, reply }, authenticate);
    const { headers } = request;
    const isLast = readComplete(headers) === true;
    const announced = parseAnnounced(headers);
    const { upload, ...begun } = await operations.createUpload(
      toInput(request, reply, isLast ? announced : null),
      caller,
    );
    const told = { location: toAddress(request, upload), 'upload-limit': toLimit() };
    // Also with a refusal of its bytes: the upload is there.
    reply.headers(told);
    writeInterim(request, reply, { Location: told.location, 'Upload-Limit': told['upload-limit'] });
    const isAppended = upload.state === 'open' && (announced !== 0 || isLast);
    const finished = isAppended
      ? await append({ upload, offsetBytes: 0, isLast, request, reply, caller })
      : { upload, ...begun };
    const body = answer(request, reply, finished);
    if (body !== null) return body;
    return await reply.code(201).send();
  };

  const toInput = (request: FastifyRequest, reply: FastifyReply, announced: number | null): CreateUploadInput => {
    const { headers, query } = request;
    const values = Object.entries(query as { [name: string]: string | string[] }).map(
      ([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)] as const,
    );
    const ignored = createIgnoredFields();
    const content = { filename: readFilename(headers), mimeType: headers['content-type'] };
    const described = fromTextFields(new Map(values), content, ignored.add);
    const header = ignored.header();
    if (header !== null) reply.header('ignored-fields', header);
    const digest = readSha256(headers, 'repr-digest')?.toString('hex');
    const length = readInteger(headers, 'upload-length');
    if (length !== null && announced !== null && length !== announced) {
      throw new GatewayError('length_mismatch', { known: length, said: announced });
    }
    const sizeBytes = length ?? announced ?? undefined;
    return { ...described, expectedSha256: described.expectedSha256 ?? digest, sizeBytes };
  };

  const patch: Handle = async (request, reply) => {
    const caller = await openCaller({ request, reply }, authenticate);
    if (!isOfType(request.headers, PARTIAL_UPLOAD))
      throw malformedRequest(`send the bytes as content-type: ${PARTIAL_UPLOAD}`);
    const offsetBytes = readInteger(request.headers, 'upload-offset');
    if (offsetBytes === null) throw malformedRequest('the header Upload-Offset must say where the bytes begin');
    const isLast = readComplete(request.headers);
    if (isLast === null)
      throw malformedRequest('the header Upload-Complete must say whether the content ends with these bytes');
    const finished = await append({
      upload: request.params as { id: string },
      offsetBytes,
      isLast,
      request,
      reply,
      caller,
    });
    const body = answer(request, reply, finished);
    if (body !== null) return body;
    return await reply.code(204).send();
  };

  const head: Handle = async (request, reply) => {
    const caller = await openCaller({ request, reply }, authenticate);
    const { upload } = await operations.uploadOffset((request.params as { id: string }).id, caller);
    reply.headers({
      'upload-offset': String(upload.offsetBytes),
      'upload-complete': toFlag(upload),
      'upload-limit': toLimit(upload.expiresAt.getTime() - Date.now()),
      'cache-control': 'no-store',
      ...(upload.sizeBytes !== null && { 'upload-length': String(upload.sizeBytes) }),
      ...(upload.sha256 !== null && { 'repr-digest': toReprDigest(upload.sha256) }),
      ...(upload.resourceId !== null && { 'resource-id': upload.resourceId }),
    });
    return await reply.code(204).send();
  };

  const tell: Handle = async (_request, reply) =>
    await reply.code(204).headers({ 'accept-patch': PARTIAL_UPLOAD, 'upload-limit': toLimit() }).send();

  const withProblems =
    (handle: Handle): Handle =>
    async (request, reply) => {
      try {
        return await handle(request, reply);
      } catch (thrown) {
        return await answerDraftError(thrown, { request, reply, limit: toLimit() });
      }
    };
  return { create: withProblems(create), patch: withProblems(patch), head: withProblems(head), tell };
}

/** Whether it refuses the content or its create: with this, all bytes had arrived. */
function isOfWhole(thrown: unknown): boolean {
  return thrown instanceof GatewayError && (thrown.code === 'conflict' || thrown.code === 'digest_mismatch');
}

/** An upload is complete when all its bytes are there, also when the one that has the last of them did not say so. */
function toFlag({ state }: Upload): '?0' | '?1' {
  return state === 'open' ? '?0' : '?1';
}
