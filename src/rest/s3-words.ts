// A direct upload in the words of S3's multipart uploads, for page components that speak those, such as @uppy/aws-s3. Its
// parts go to the addresses that `/parts` signs; what such a client says of parts and ETags at the end counts for nothing.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../domain/caller/caller.ts';
import { GatewayError, malformedRequest, toSentence } from '../domain/errors.ts';
import { openCaller } from '../http/caller.ts';
import { toRefusal } from '../http/refusal.ts';
import type { Transport } from '../http/transport.ts';
import type { OperationName } from '../schema/operations.ts';
import { toSnakeCase } from '../schema/spelling.ts';
import { REST_STATUS, tellRestRefusal } from './errors.ts';

type Words = {
  readonly Params: { readonly id: string };
  readonly Querystring: { readonly uploads?: string; readonly uploadId?: string };
};
type Handle = (request: FastifyRequest<Words>, caller: Caller) => Promise<string>;

const ROUTE = '/v1/uploads/:id/s3';
const XML = 'application/xml';

/** Mounts `/v1/uploads/{id}/s3`: create, list, complete and abort of one multipart upload, whose id is the upload's. */
export function mountS3Words(app: FastifyInstance, { operations, authenticate, originOf }: Transport): void {
  const begin: Handle = async ({ params: { id } }, caller) => {
    const upload = await operations.upload(id, caller);
    return toXml('InitiateMultipartUploadResult', { Key: upload.id, UploadId: upload.id });
  };
  const complete: Handle = async (request, caller) => {
    const { upload, resource } = await operations.completeUpload(request.params.id, caller);
    const path = resource === null ? `/v1/uploads/${upload.id}` : `/v1/resources/${resource.id}`;
    const ETag = `"${resource?.sha256 ?? upload.sha256}"`;
    return toXml('CompleteMultipartUploadResult', { Location: `${originOf(request)}${path}`, Key: upload.id, ETag });
  };
  const list: Handle = async ({ params: { id } }, caller) => {
    const parts = await operations.receivedParts(id, caller);
    const told = parts.map(({ number, sizeBytes }) =>
      toElement('Part', { PartNumber: number, ETag: `"${number}"`, Size: sizeBytes }),
    );
    return toXml('ListPartsResult', { Key: id, UploadId: id, IsTruncated: false }, told.join(''));
  };
  const abort: Handle = async ({ params: { id } }, caller) => {
    await operations.cancelUpload(id, caller);
    return '';
  };

  const answer =
    (name: OperationName, handle: Handle) => async (request: FastifyRequest<Words>, reply: FastifyReply) => {
      request.event.operation = name;
      const caller = await openCaller({ request, reply }, authenticate);
      const { uploadId = request.params.id } = request.query;
      if (uploadId !== request.params.id) throw new GatewayError('not_found', { uploadId });
      const text = await handle(request, caller);
      return text === '' ? await reply.code(204).send() : await reply.type(XML).send(text);
    };

  app.register(async (s3) => {
    s3.setErrorHandler(answerS3Error);
    const completing = answer('completeUpload', complete);
    const beginning = answer('upload', begin);
    s3.post<Words>(ROUTE, async (request, reply) => {
      if (request.query.uploadId !== undefined) return await completing(request, reply);
      if (request.query.uploads !== undefined) return await beginning(request, reply);
      throw malformedRequest('say ?uploads or ?uploadId=, as S3 has them');
    });
    s3.get<Words>(ROUTE, { exposeHeadRoute: false }, answer('receivedParts', list));
    s3.delete<Words>(ROUTE, answer('cancelUpload', abort));
  });
}

/** Not the end: at 503 such a client repeats the call, at other refusals it gives up. */
const BUSY_STATUS = 503;

async function answerS3Error(thrown: unknown, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const error = toRefusal(thrown);
  tellRestRefusal(error, { request, reply });
  const status = error.code === 'upload_busy' ? BUSY_STATUS : REST_STATUS[error.code];
  const text = toXml('Error', { Code: error.code, Message: toSentence(error, toSnakeCase), RequestId: request.id });
  return await reply.code(status).type(XML).send(text);
}

type Members = { readonly [name: string]: string | number | boolean };

function toXml(name: string, members: Members, more = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${toElement(name, members, more)}`;
}

function toElement(name: string, members: Members, more = ''): string {
  const inner = Object.entries(members).map(([key, value]) => `<${key}>${escapeXml(String(value))}</${key}>`);
  return `<${name}>${inner.join('')}${more}</${name}>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
