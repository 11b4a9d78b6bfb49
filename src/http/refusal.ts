// What every refusal over HTTP says beside its status and its sentence.
import { type GatewayError, malformedRequest, toGatewayError, toHints } from '../domain/errors.ts';
import type { Exchange } from './caller.ts';

/** Whatever was thrown, as a refusal; also of a request that the framework refused before our code saw it. */
export function toRefusal(thrown: unknown): GatewayError {
  const isFramework = thrown instanceof Error && 'statusCode' in thrown;
  const isTheirs = isFramework && typeof thrown.statusCode === 'number' && thrown.statusCode < 500;
  return isTheirs ? malformedRequest(thrown.message, thrown) : toGatewayError(thrown);
}

/** Sets the headers of a refusal, and tells the request's line in the log of it. */
export function tellRefusal(error: GatewayError, { request, reply }: Exchange): void {
  request.event.errorCode = error.code;
  if (error.code === 'internal') request.event.err = error.cause;
  reply.header('x-error-code', error.code);
  if (error.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
  const { retryAfterSeconds } = toHints(error);
  if (retryAfterSeconds !== null) reply.header('retry-after', String(retryAfterSeconds));
}
