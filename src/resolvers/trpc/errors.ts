// How tRPC says no.
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { type ErrorCode, GatewayError, malformedRequest, toGatewayError } from '../../domain/errors.ts';
import { toInputError } from '../../schema/parse-input.ts';

export const TRPC_CODE = {
  invalid_input: 'BAD_REQUEST',
  malformed_request: 'BAD_REQUEST',
  content_too_large: 'BAD_REQUEST',
  fields_too_large: 'BAD_REQUEST',
  remote_failed: 'BAD_REQUEST',
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  not_found: 'NOT_FOUND',
  conflict: 'CONFLICT',
  digest_mismatch: 'BAD_REQUEST',
  offset_mismatch: 'CONFLICT',
  length_mismatch: 'BAD_REQUEST',
  checksum_mismatch: 'BAD_REQUEST',
  upload_busy: 'CONFLICT',
  request_in_progress: 'CONFLICT',
  idempotency_key_reused: 'CONFLICT',
  overloaded: 'SERVICE_UNAVAILABLE',
  quota_exceeded: 'FORBIDDEN',
  rate_limited: 'TOO_MANY_REQUESTS',
  precondition_failed: 'PRECONDITION_FAILED',
  range_not_satisfiable: 'BAD_REQUEST',
  cursor_gone: 'BAD_REQUEST',
  internal: 'INTERNAL_SERVER_ERROR',
} satisfies Record<ErrorCode, TRPCError['code']>;

/**
 * Whatever a procedure, its input parser or tRPC itself threw, as the error that is shown. tRPC's own refusals (an
 * unknown procedure, a wrong method) stay what they are; unknown failures are masked.
 */
export function toTrpcError(thrown: unknown): TRPCError {
  const cause = thrown instanceof TRPCError ? thrown.cause : thrown;
  if (thrown instanceof TRPCError && thrown.code !== 'INTERNAL_SERVER_ERROR' && !isOurs(cause)) return thrown;
  const error = cause instanceof z.ZodError ? toInputError(cause) : toOwnError(cause);
  return new TRPCError({ code: TRPC_CODE[error.code], message: error.message, cause: error });
}

function isOurs(cause: unknown): boolean {
  return cause instanceof GatewayError || cause instanceof z.ZodError || cause instanceof SyntaxError;
}

function toOwnError(cause: unknown): GatewayError {
  if (!(cause instanceof SyntaxError)) return toGatewayError(cause);
  return malformedRequest('the input must be JSON', cause);
}
