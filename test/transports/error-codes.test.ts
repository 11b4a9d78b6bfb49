import { expect, test } from 'vitest';
import { type ErrorCode, type ErrorDetails, GatewayError } from '../../src/domain/errors.ts';
import { toGraphqlError } from '../../src/resolvers/graphql/errors.ts';
import { toTrpcError } from '../../src/resolvers/trpc/errors.ts';
import { REST_STATUS } from '../../src/rest/errors.ts';

type Row = { readonly rest: number; readonly trpc: string; readonly graphql: string };
const BAD_REQUEST: Row = { rest: 400, trpc: 'BAD_REQUEST', graphql: 'BAD_REQUEST' };

/** The published table: docs/errors.md shows it to people. */
const TABLE = {
  invalid_input: BAD_REQUEST,
  malformed_request: BAD_REQUEST,
  content_too_large: BAD_REQUEST,
  fields_too_large: BAD_REQUEST,
  remote_failed: BAD_REQUEST,
  unauthenticated: { rest: 401, trpc: 'UNAUTHORIZED', graphql: 'UNAUTHENTICATED' },
  forbidden: { rest: 403, trpc: 'FORBIDDEN', graphql: 'FORBIDDEN' },
  not_found: { rest: 404, trpc: 'NOT_FOUND', graphql: 'NOT_FOUND' },
  conflict: { rest: 409, trpc: 'CONFLICT', graphql: 'CONFLICT' },
  digest_mismatch: BAD_REQUEST,
  offset_mismatch: { rest: 409, trpc: 'CONFLICT', graphql: 'CONFLICT' },
  length_mismatch: BAD_REQUEST,
  checksum_mismatch: BAD_REQUEST,
  upload_busy: { rest: 409, trpc: 'CONFLICT', graphql: 'CONFLICT' },
  request_in_progress: { rest: 409, trpc: 'CONFLICT', graphql: 'CONFLICT' },
  idempotency_key_reused: { rest: 409, trpc: 'CONFLICT', graphql: 'CONFLICT' },
  overloaded: { rest: 503, trpc: 'SERVICE_UNAVAILABLE', graphql: 'SERVICE_UNAVAILABLE' },
  quota_exceeded: { rest: 403, trpc: 'FORBIDDEN', graphql: 'FORBIDDEN' },
  rate_limited: { rest: 429, trpc: 'TOO_MANY_REQUESTS', graphql: 'TOO_MANY_REQUESTS' },
  precondition_failed: { rest: 412, trpc: 'PRECONDITION_FAILED', graphql: 'PRECONDITION_FAILED' },
  range_not_satisfiable: { ...BAD_REQUEST, rest: 416 },
  cursor_gone: BAD_REQUEST,
  internal: { rest: 500, trpc: 'INTERNAL_SERVER_ERROR', graphql: 'INTERNAL_SERVER_ERROR' },
} satisfies Record<ErrorCode, Row>;

const DETAILS = {
  invalid_input: { field: 'name', reason: 'must not be empty' },
  malformed_request: { reason: 'the body must be JSON' },
  content_too_large: { maxBytes: 1 },
  fields_too_large: { maxBytes: 1 },
  remote_failed: { reason: 'the remote answered 404' },
  unauthenticated: { reason: 'send a token' },
  forbidden: { reason: 'not yours' },
  not_found: { id: 'x' },
  conflict: { directoryPath: '/', name: 'a', existingId: null },
  digest_mismatch: { expected: 'a'.repeat(64), actual: 'b'.repeat(64) },
  offset_mismatch: { expected: 5, provided: 0 },
  length_mismatch: { known: 5, said: 6 },
  checksum_mismatch: { algorithm: 'sha1' },
  upload_busy: { retryAfterSeconds: 1 },
  request_in_progress: { retryAfterSeconds: 1 },
  idempotency_key_reused: {},
  overloaded: { what: 'too many uploads are on their way', retryAfterSeconds: 5 },
  quota_exceeded: { what: 'bytes', left: 1, needed: 5 },
  rate_limited: { points: 600, windowSeconds: 60, retryAfterSeconds: 5 },
  precondition_failed: { id: 'x' },
  range_not_satisfiable: { sizeBytes: 5 },
  cursor_gone: { reason: 'is old' },
  internal: {},
} satisfies { [Code in ErrorCode]: ErrorDetails[Code] };

test.each(Object.keys(TABLE) as ErrorCode[])('%s is answered in every transport as published', (code) => {
  const error = new GatewayError(code, DETAILS[code], { cause: new Error('secret') });
  const graphql = toGraphqlError(error).shown;
  const trpc = toTrpcError(error);
  expect({ rest: REST_STATUS[code], trpc: trpc.code, graphql: graphql.extensions.code }).toEqual(TABLE[code]);
  expect(graphql.extensions.reason).toBe(code);
  expect(new Set([graphql.message, trpc.message])).toEqual(new Set([error.message]));
  expect(JSON.stringify([graphql, trpc.message])).not.toContain('secret');
});

test('an unknown failure answers one fixed sentence', () => {
  const thrown = new Error('connect ECONNREFUSED 10.0.0.7:5432');
  const sentence = new GatewayError('internal', {}).message;
  expect(toGraphqlError(thrown).shown.message).toBe(sentence);
  expect(toTrpcError(thrown).message).toBe(sentence);
});
