// The refusal of a body that is not JSON: where it stops being JSON and what to change. It quotes nothing of the body.
import { GatewayError } from '../domain/errors.ts';

/**
 * @param offset the byte of the body, counted from 0, that cannot stand there
 * @param advice what to do about it, as a clause
 */
export function malformedJson(offset: number, advice: string): GatewayError<'malformed_request'> {
  return new GatewayError('malformed_request', { reason: `the body is not valid JSON at byte ${offset}: ${advice}` });
}
