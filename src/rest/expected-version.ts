// The version that a change is bound to, which REST's callers name in a header or in the body.
import type { FastifyRequest } from 'fastify';
import { invalidInput } from '../domain/errors.ts';

/**
 * The condition, wherever the caller put it: the header `If-Match` (RFC 9110, section 13.1.1) or the body's `if_match`.
 * Throws `invalid_input` when it stands in both.
 */
export function toIfMatch({ headers }: FastifyRequest, inBody: string | undefined): string | undefined {
  const inHeader = headers['if-match'];
  if (inHeader !== undefined && inBody !== undefined) {
    throw invalidInput('the field if_match', 'and the header If-Match exclude each other; send one');
  }
  return inHeader ?? inBody;
}
