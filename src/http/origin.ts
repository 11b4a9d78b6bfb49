// The scheme and host by which callers reach this gateway. What proxies hide is configured, never guessed.
import type { FastifyRequest } from 'fastify';

/** The origin for absolute addresses in the answer to a request, without a slash at its end. */
export type OriginOf = (request: FastifyRequest) => string;

/** The configured origin, or else the one that the request itself names; only its sender gets that back. */
export function createOriginOf(publicUrl: string | null): OriginOf {
  if (publicUrl !== null) return () => publicUrl;
  return ({ protocol, host }) => URL.parse(`${protocol}://${host}`)?.origin ?? `${protocol}://localhost`;
}
