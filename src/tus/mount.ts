// The tus transport: resumable uploads by protocol 1.0. It translates; an upload's rules are the domain's.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../domain/caller/caller.ts';
import { GatewayError, malformedRequest } from '../domain/errors.ts';
import { CHECKSUM_ALGORITHMS } from '../domain/uploads/checksum.ts';
import type { Finished } from '../domain/uploads/finish-upload.ts';
import type { Upload } from '../domain/uploads/upload.ts';
import { openCaller } from '../http/caller.ts';
import { createIgnoredFields } from '../http/ignored-fields.ts';
import type { Transport } from '../http/transport.ts';
import { isOfType, parseAnnounced } from '../http/upload-headers.ts';
import { toTusUrl } from '../schema/upload.ts';
import { answerTusError, ProtocolError } from './errors.ts';
import { fromTusMetadata } from './metadata.ts';
import {
  OFFSET_STREAM,
  parseBytesHeader,
  parseChecksum,
  parseUploadMetadata,
  TUS_EXTENSIONS,
  TUS_VERSION,
} from './protocol.ts';

type ById = { readonly Params: { readonly id: string } };
type Handle = (request: FastifyRequest<ById>, reply: FastifyReply, caller: Caller) => Promise<unknown>;

/** By the names of the operations that other transports call so. */
const OPERATIONS: { readonly [method: string]: string } = {
  POST: 'createUpload',
  HEAD: 'upload',
  PATCH: 'appendUpload',
  DELETE: 'cancelUpload',
};
const COLLECTION = '/v1/tus';
const ONE = `${COLLECTION}/:id`;

/** Mounts `/v1/tus`. */
export function mountTus(app: FastifyInstance, transport: Transport): void {
  const { operations, authenticate, readBytes, originOf } = transport;

  const create: Handle = async (request, reply, caller) => {
    const { headers } = request;
    // Refused with the first part of a parallel upload, not when all parts have come and are to be joined.
    if (headers['upload-concat'] !== undefined) {
      throw malformedRequest('partial uploads are not joined here; send the content as one upload');
    }
    const sizeBytes = requireLength(headers);
    const sent = headers['upload-metadata'];
    const sentMetadata = sent === undefined ? undefined : String(sent);
    const ignored = createIgnoredFields();
    const described = fromTusMetadata(parseUploadMetadata(sentMetadata ?? ''), ignored.add);
    const known = { ...(sizeBytes !== null && { sizeBytes }), ...(sentMetadata !== undefined && { sentMetadata }) };
    const finished = await operations.createUpload({ ...described, ...known }, caller);
    const { upload } = finished;
    const header = ignored.header();
    if (header !== null) reply.header('ignored-fields', header);
    // Also with a refusal of its first bytes: the upload is there.
    reply.header('location', toTusUrl(upload.id, { origin: originOf(request) }));
    if (!isOfType(headers, OFFSET_STREAM)) return await reply.code(201).headers(toCreated(finished)).send();
    const appended = upload.sizeBytes === 0 ? finished : await append(upload.id, 0, { request, reply, caller });
    return await reply
      .code(201)
      .headers({ ...toCreated(appended), ...toOffset(appended) })
      .send();
  };

  const append = (id: string, offsetBytes: number, { request, reply, caller }: Appending): Promise<Finished> => {
    const { headers } = request;
    return operations.appendUpload(
      {
        id,
        offsetBytes,
        bytes: readBytes({ request, reply }, caller),
        announcedBytes: parseAnnounced(headers),
        sizeBytes: parseBytesHeader(headers, 'upload-length'),
        isLast: false,
        checksum: parseChecksum(headers),
        onOffset: null,
      },
      caller,
    );
  };

  const patch: Handle = async (request, reply, caller) => {
    if (!isOfType(request.headers, OFFSET_STREAM))
      throw new ProtocolError(415, `send the bytes as content-type: ${OFFSET_STREAM}`);
    const offsetBytes = parseBytesHeader(request.headers, 'upload-offset');
    if (offsetBytes === null) throw malformedRequest('the header Upload-Offset must say where the bytes begin');
    const finished = await append(request.params.id, offsetBytes, { request, reply, caller });
    const { resource, upload } = finished;
    if (resource !== null) {
      Object.assign(request.event, { resourceId: resource.id, sizeBytes: resource.sizeBytes });
      reply.header('location', `/v1/resources/${resource.id}`);
    }
    return await reply
      .code(204)
      .headers({ ...toOffset(finished), ...toExpires(upload) })
      .send();
  };

  const head: Handle = async (request, reply, caller) => {
    const finished = await operations.uploadOffset(request.params.id, caller);
    const { sizeBytes, sentMetadata } = finished.upload;
    reply.headers({
      ...toOffset(finished),
      ...toExpires(finished.upload),
      ...(sizeBytes === null ? { 'upload-defer-length': '1' } : { 'upload-length': String(sizeBytes) }),
      ...(sentMetadata !== null && { 'upload-metadata': sentMetadata }),
    });
    return await reply.code(200).send();
  };

  const remove: Handle = async (request, reply, caller) => {
    const { id } = request.params;
    if (!(await operations.cancelUpload(id, caller))) throw new GatewayError('not_found', { uploadId: id });
    return await reply.code(204).send();
  };

  /** Judges the token and the version, in this order. */
  const answer = (handle: Handle) => async (request: FastifyRequest<ById>, reply: FastifyReply) => {
    const method = methodOf(request);
    const operation = OPERATIONS[method];
    if (operation !== undefined) request.event.operation = operation;
    const caller = await openCaller({ request, reply }, authenticate);
    if (request.headers['tus-resumable'] !== TUS_VERSION) {
      throw new ProtocolError(412, `tus ${TUS_VERSION} is spoken here; send it as the header Tus-Resumable`);
    }
    reply.header('tus-resumable', TUS_VERSION);
    return await handle(request, reply, caller);
  };
  const overridden: Handle = async (request, reply, caller) => {
    const handle = { PATCH: patch, DELETE: remove, HEAD: head }[methodOf(request)];
    if (handle === undefined)
      throw malformedRequest('POST to an upload needs X-HTTP-Method-Override: PATCH, HEAD or DELETE');
    return await handle(request, reply, caller);
  };

  app.register(async (tus) => {
    tus.setErrorHandler(answerTusError);
    const tell = async (_request: FastifyRequest, reply: FastifyReply) => {
      reply.headers({
        'tus-resumable': TUS_VERSION,
        'tus-version': TUS_VERSION,
        'tus-extension': TUS_EXTENSIONS,
        'tus-max-size': String(operations.uploadLimits.maxBytes),
        'tus-checksum-algorithm': CHECKSUM_ALGORITHMS.join(','),
      });
      return await reply.code(204).send();
    };
    // What is not a browser's preflight asks what the server can; a preflight is answered the same, with what CORS adds.
    const config = { cors: { preflightContinue: true } };
    for (const url of [COLLECTION, ONE]) tus.options(url, { config }, tell);
    tus.post<ById>(COLLECTION, answer(create));
    tus.post<ById>(ONE, answer(overridden));
    tus.head<ById>(ONE, answer(head));
    tus.patch<ById>(ONE, answer(patch));
    tus.delete<ById>(ONE, answer(remove));
  });
}

type Appending = { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly caller: Caller };

/** Some clients, or what is before them, can only send POST. */
function methodOf({ method, headers }: FastifyRequest): string {
  const override = headers['x-http-method-override'];
  return method === 'POST' && typeof override === 'string' ? override.toUpperCase() : method;
}

/** @throws GatewayError `malformed_request` unless the length is said, or said to come later */
function requireLength(headers: FastifyRequest['headers']): number | null {
  const sizeBytes = parseBytesHeader(headers, 'upload-length');
  const deferred = headers['upload-defer-length'];
  if (deferred !== undefined && deferred !== '1') throw malformedRequest('Upload-Defer-Length must be 1');
  if ((sizeBytes === null) === (deferred === undefined)) {
    throw malformedRequest('exactly one of the headers Upload-Length and Upload-Defer-Length must be given');
  }
  return sizeBytes;
}

function toOffset({ upload, result }: Finished) {
  return {
    'upload-offset': String(upload.offsetBytes),
    ...(upload.resourceId !== null && { 'resource-id': upload.resourceId }),
    ...(result !== null && { 'resource-outcome': result }),
  };
}

function toExpires({ state, expiresAt }: Upload) {
  return state === 'open' ? { 'upload-expires': expiresAt.toUTCString() } : {};
}

function toCreated({ upload, result }: Finished) {
  return {
    ...toExpires(upload),
    ...(upload.resourceId !== null && { 'resource-id': upload.resourceId }),
    ...(result !== null && { 'resource-outcome': result }),
  };
}
