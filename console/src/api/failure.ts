// What a failed call comes to for a reader.
import { GatewayError, isGatewayError, toGatewayError } from 'resource-gateway-client';

/** The gateway's own sentence, or that it could not be asked. */
export function toSentence(error: unknown): string {
  if (isGatewayError(toRefusal(error), 'unreachable')) return 'The gateway cannot be reached. Is it running?';
  const text = error instanceof Error ? error.message : String(error);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Whether there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return isGatewayError(toRefusal(error), 'not_found');
}

/** Whether the token was refused. */
export function isUnauthorized(error: unknown): boolean {
  return isGatewayError(toRefusal(error), 'unauthenticated');
}

/** What the client or a browser's `fetch` rejected with; null for what the console itself found wrong. */
function toRefusal(error: unknown): GatewayError | null {
  const isOurs = error instanceof GatewayError || error instanceof TypeError;
  const isCall = error instanceof Error && error.name === 'TRPCClientError';
  return isOurs || isCall ? toGatewayError(error) : null;
}
