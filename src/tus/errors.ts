// How tus says no (protocol 1.0, https://tus.io/protocols/resumable-upload).
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, toSentence } from '../domain/errors.ts';
import { tellRefusal, toRefusal } from '../http/refusal.ts';
import { toSnakeCase } from '../schema/spelling.ts';
import { TUS_VERSION } from './protocol.ts';

export const TUS_STATUS = {
  invalid_input: 400,
  malformed_request: 400,
  content_too_large: 413,
  fields_too_large: 400,
  remote_failed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  // Not 409, which is for offsets: clients repeat that, find all bytes there, and report a success.
  conflict: 422,
  digest_mismatch: 422,
  offset_mismatch: 409,
  length_mismatch: 400,
  checksum_mismatch: 460,
  upload_busy: 423,
  request_in_progress: 423,
  idempotency_key_reused: 422,
  overloaded: 503,
  quota_exceeded: 403,
  rate_limited: 429,
  precondition_failed: 422,
  range_not_satisfiable: 400,
  cursor_gone: 400,
  internal: 500,
} satisfies Record<ErrorCode, number>;

/** A refusal that is only of the protocol's form. */
export class ProtocolError extends Error {
  readonly status: 412 | 415;

  constructor(status: ProtocolError['status'], sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** The error handler of all routes of tus. */
export async function answerTusError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  reply.header('tus-resumable', TUS_VERSION);
  if (thrown instanceof ProtocolError) {
    request.event.errorCode = 'malformed_request';
    if (thrown.status === 412) reply.header('tus-version', TUS_VERSION);
    return await reply.code(thrown.status).header('x-error-code', 'malformed_request').send({ error: thrown.message });
  }
  const error = toRefusal(thrown);
  tellRefusal(error, { request, reply });
  return await reply.code(toStatus(error.code, request)).send({ error: toSentence(error, spell) });
}

/** As `Upload-Metadata` has them: the type of a content by the name that tus clients agree on. */
function spell(field: string): string {
  return field === 'mimeType' ? 'filetype' : toSnakeCase(field);
}

/**
 * To whoever asks how far an upload is, what passes is said as "locked": tus-js-client begins anew at anything else, and
 * would send again what is there.
 */
function toStatus(code: ErrorCode, { method }: FastifyRequest): number {
  return method === 'HEAD' && TUS_STATUS[code] >= 500 ? TUS_STATUS.upload_busy : TUS_STATUS[code];
}
