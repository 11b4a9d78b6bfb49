// How GraphQL says no: `extensions.code`, and an HTTP status where the whole request is refused.
import { GraphQLError, Kind } from 'graphql';
import {
  type ErrorCode,
  type GatewayError,
  malformedRequest,
  type Spell,
  toGatewayError,
  toHints,
  toSentence,
} from '../../domain/errors.ts';
import { PERSISTED_QUERY_NOT_SUPPORTED } from './request-shape.ts';

type Answer = {
  readonly code:
    | 'BAD_REQUEST'
    | 'UNAUTHENTICATED'
    | 'FORBIDDEN'
    | 'NOT_FOUND'
    | 'CONFLICT'
    | 'PRECONDITION_FAILED'
    | 'TOO_MANY_REQUESTS'
    | 'SERVICE_UNAVAILABLE'
    | 'INTERNAL_SERVER_ERROR';
  /** When the request as a whole fails; within a result, only UNAUTHENTICATED changes the status. */
  readonly status: number;
};

const BAD_REQUEST: Answer = { code: 'BAD_REQUEST', status: 400 };

export const GRAPHQL_ANSWER = {
  invalid_input: BAD_REQUEST,
  malformed_request: BAD_REQUEST,
  content_too_large: BAD_REQUEST,
  fields_too_large: BAD_REQUEST,
  remote_failed: BAD_REQUEST,
  unauthenticated: { code: 'UNAUTHENTICATED', status: 401 },
  forbidden: { code: 'FORBIDDEN', status: 403 },
  not_found: { code: 'NOT_FOUND', status: 404 },
  conflict: { code: 'CONFLICT', status: 409 },
  digest_mismatch: BAD_REQUEST,
  offset_mismatch: { code: 'CONFLICT', status: 409 },
  length_mismatch: BAD_REQUEST,
  checksum_mismatch: BAD_REQUEST,
  upload_busy: { code: 'CONFLICT', status: 409 },
  request_in_progress: { code: 'CONFLICT', status: 409 },
  idempotency_key_reused: { code: 'CONFLICT', status: 409 },
  overloaded: { code: 'SERVICE_UNAVAILABLE', status: 503 },
  quota_exceeded: { code: 'FORBIDDEN', status: 403 },
  rate_limited: { code: 'TOO_MANY_REQUESTS', status: 429 },
  precondition_failed: { code: 'PRECONDITION_FAILED', status: 412 },
  range_not_satisfiable: BAD_REQUEST,
  cursor_gone: BAD_REQUEST,
  internal: { code: 'INTERNAL_SERVER_ERROR', status: 500 },
} satisfies Record<ErrorCode, Answer>;

/** Pages are asked for in the words of Relay; the log of events is no connection. */
const ARGUMENTS: { readonly [field: string]: string } = { limit: 'first', cursor: 'after' };
/** A field as GraphQL's callers know it. */
export const spell: Spell = (field) => ARGUMENTS[field] ?? field;

const OWN_ARGUMENTS: ReadonlySet<string | undefined> = new Set(['events']);
const spellAt =
  (name: string | undefined): Spell =>
  (field) =>
    OWN_ARGUMENTS.has(name) ? field : spell(field);
const MAX_MESSAGE_CHARS = 300;

/** A refusal and the error that shows it. */
export type ShownError = { readonly error: GatewayError; readonly shown: GraphQLError };

/**
 * Any error as the one that is shown. A resolver's keeps its place in the query; what GraphQL itself refuses (syntax,
 * validation, variables) is the caller's mistake; everything else is masked.
 */
export function toGraphqlError(thrown: unknown): ShownError {
  const located = thrown instanceof GraphQLError ? thrown : null;
  const cause = rootCause(thrown);
  if (located !== null && cause instanceof GraphQLError) {
    const known = cause.extensions.code === PERSISTED_QUERY_NOT_SUPPORTED;
    const code = known ? PERSISTED_QUERY_NOT_SUPPORTED : 'BAD_REQUEST';
    const extensions = { ...located.extensions, code, reason: 'malformed_request' };
    const message = cut(located.message);
    const shown = new GraphQLError(message, { ...placeOf(located), extensions });
    return { error: malformedRequest(message), shown };
  }
  const error = toGatewayError(cause);
  const { code, status } = GRAPHQL_ANSWER[error.code];
  const { existingId, retryAfterSeconds } = toHints(error);
  const headers = {
    ...(code === 'UNAUTHENTICATED' ? { 'www-authenticate': 'Bearer' } : {}),
    ...(retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }),
  };
  const http = {
    // Within a result the status is 200: other fields may have succeeded.
    ...(located?.path === undefined || code === 'UNAUTHENTICATED' ? { status } : {}),
    headers,
  };
  const extensions = {
    code,
    reason: error.code,
    ...(existingId === null ? {} : { resourceId: existingId }),
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
    http,
  };
  const shown = new GraphQLError(toSentence(error, spellAt(nameOf(located))), {
    ...(located && placeOf(located)),
    extensions,
  });
  return { error, shown };
}

/** What GraphQL refuses it quotes whole, and a literal in a query may be a file. */
function cut(message: string): string {
  return message.length > MAX_MESSAGE_CHARS ? `${message.slice(0, MAX_MESSAGE_CHARS).toWellFormed()}…` : message;
}

function rootCause(thrown: unknown): unknown {
  let cause = thrown;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}

/** Of the field that failed, whatever its alias. */
function nameOf(located: GraphQLError | null): string | undefined {
  const node = located?.nodes?.[0];
  return node?.kind === Kind.FIELD ? node.name.value : undefined;
}

function placeOf({ nodes, source, positions, path }: GraphQLError) {
  return { nodes, source, positions, path };
}
