// What a GraphQL request may not be as a whole. Clients fall back to plain requests when they are told in their own words.
import { GraphQLError } from 'graphql';
import type { GraphQLParams } from 'graphql-yoga';
import { malformedRequest } from '../../domain/errors.ts';

/** By which clients know that they are to send the query itself; they compare the message and the code. */
export const PERSISTED_QUERY_NOT_SUPPORTED = 'PERSISTED_QUERY_NOT_SUPPORTED';

type Sent = { readonly query?: unknown; readonly extensions?: { readonly persistedQuery?: unknown } | null };

/**
 * Gives back parameters that stand for one request; what is wrong within them is Yoga's to say.
 * @throws GatewayError `malformed_request` on a list; GraphQLError on the hash of a query in the place of a query
 */
export function requireSingle(params: unknown): GraphQLParams {
  if (Array.isArray(params)) {
    throw malformedRequest('requests in a list are not taken; send each alone, or several fields in one document');
  }
  const { query, extensions } = (params ?? {}) as Sent;
  if ((query ?? null) === null && (extensions?.persistedQuery ?? null) !== null) {
    // As Apollo's servers have it; some clients look at the errors of a 200 alone.
    const http = { status: 200 };
    throw new GraphQLError('PersistedQueryNotSupported', {
      extensions: { code: PERSISTED_QUERY_NOT_SUPPORTED, http },
    });
  }
  return params as GraphQLParams;
}
