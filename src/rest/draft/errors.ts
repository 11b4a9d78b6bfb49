// How the draft says no: with problems (RFC 9457) where it has a type for one, and with what a client needs to go on.
import { type ErrorCode, GatewayError, toGatewayError, toSentence } from '../../domain/errors.ts';
import type { Exchange } from '../../http/caller.ts';
import { toSnakeCase } from '../../schema/spelling.ts';
import { answerError, answerWith, REST_STATUS } from '../errors.ts';

const TYPES = 'https://iana.org/assignments/http-problem-types';

/** Where the draft, or what its clients do with a status, asks for another than REST gives. */
const DRAFT_STATUS: { readonly [Code in ErrorCode]?: number } = {
  content_too_large: 413,
  // Not the end: at this, clients ask how far the upload is and go on.
  upload_busy: 503,
};

/** Answers a request of the draft. `limit` is what `Upload-Limit` says. */
export async function answerDraftError(thrown: unknown, exchange: Exchange & { limit: string }): Promise<unknown> {
  const { request, reply, limit } = exchange;
  const error = toGatewayError(thrown);
  if (error.code === 'content_too_large') reply.header('upload-limit', limit);
  if (isMismatch(error)) {
    const { expected, provided } = error.details;
    reply.headers({ 'upload-complete': '?0', 'upload-offset': String(expected) });
    const members = { 'expected-offset': expected, 'provided-offset': provided };
    return await answerProblem(error, { ...exchange, type: 'mismatching-upload-offset', members });
  }
  if (error.code === 'length_mismatch') {
    return await answerProblem(error, { ...exchange, type: 'inconsistent-upload-length', members: {} });
  }
  const status = DRAFT_STATUS[error.code];
  return status === undefined ? await answerError(error, request, reply) : await answerWith(status, error, exchange);
}

function isMismatch(error: GatewayError): error is GatewayError<'offset_mismatch'> {
  return error instanceof GatewayError && error.code === 'offset_mismatch';
}

type Problem = Exchange & { readonly type: string; readonly members: object };

async function answerProblem(error: GatewayError, { request, reply, type, members }: Problem): Promise<unknown> {
  request.event.errorCode = error.code;
  const title = toSentence(error, toSnakeCase);
  reply.code(REST_STATUS[error.code]).header('x-error-code', error.code).type('application/problem+json');
  // Also as every other refusal says it.
  return await reply.send(JSON.stringify({ type: `${TYPES}#${type}`, title, ...members, error: title }));
}
