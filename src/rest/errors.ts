// How REST says no. The contract knows 400, 401, 403, 409 and 500 for a create; 404 is for reads.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, type GatewayError, type Spell, toHints, toSentence } from '../domain/errors.ts';
import type { Exchange } from '../http/caller.ts';
import { tellRefusal, toRefusal } from '../http/refusal.ts';
import { toSnakeCase } from '../schema/spelling.ts';

export const REST_STATUS = {
  invalid_input: 400,
  malformed_request: 400,
  content_too_large: 400,
  fields_too_large: 400,
  remote_failed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  digest_mismatch: 400,
  offset_mismatch: 409,
  length_mismatch: 400,
  checksum_mismatch: 400,
  upload_busy: 409,
  request_in_progress: 409,
  idempotency_key_reused: 409,
  overloaded: 503,
  quota_exceeded: 403,
  rate_limited: 429,
  precondition_failed: 412,
  range_not_satisfiable: 416,
  cursor_gone: 400,
  internal: 500,
} satisfies Record<ErrorCode, number>;

/** The contract's create answers no status but its own. */
const CONTRACT_STATUS: { readonly [Code in ErrorCode]?: number } = {
  overloaded: 500,
  rate_limited: 403,
  precondition_failed: 409,
};

function toStatus(code: ErrorCode, { method, routeOptions }: FastifyRequest): number {
  const isContract = method === 'POST' && routeOptions.url === '/v1/resources';
  return (isContract ? CONTRACT_STATUS[code] : undefined) ?? REST_STATUS[code];
}

/** Fastify's error handler: one place, one shape, `{ error }` and nothing else. */
export function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const error = toRefusal(thrown);
  return answerWith(toStatus(error.code, request), error, { request, reply });
}

/** The same with another status. */
export async function answerWith(status: number, error: GatewayError, exchange: Exchange): Promise<unknown> {
  const { request, reply } = exchange;
  tellRestRefusal(error, exchange);
  return await reply.code(status).send({ error: toSentence(error, spellFor(request)) });
}

/** What a refusal of REST says beside its status and its sentence. */
export function tellRestRefusal(error: GatewayError, exchange: Exchange): void {
  tellRefusal(error, exchange);
  const { existingId } = toHints(error);
  if (existingId !== null) exchange.reply.header('location', `/v1/resources/${existingId}`);
  if (isUnsatisfiable(error)) exchange.reply.header('content-range', `bytes */${error.details.sizeBytes}`);
}

/** Fields as REST spells them; a version may have come as a header. */
function spellFor({ headers }: FastifyRequest): Spell {
  return (field) => (field === 'ifMatch' && headers['if-match'] !== undefined ? 'If-Match' : toSnakeCase(field));
}

function isUnsatisfiable(error: GatewayError): error is GatewayError<'range_not_satisfiable'> {
  return error.code === 'range_not_satisfiable';
}
