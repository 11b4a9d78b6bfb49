// Who calls, and a signal that ends with the connection.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createAllowance } from '../domain/allowance.ts';
import type { Principal } from '../domain/principal.ts';
import type { Caller } from '../domain/resources.ts';

/** The value of the `Authorization` header becomes a caller, or a GatewayError `unauthenticated` is thrown. */
export type Authenticate = (authorization: string | undefined) => Principal | Promise<Principal>;

/** A request and the answer to it. */
export type Exchange = { readonly request: FastifyRequest; readonly reply: FastifyReply };

/**
 * Judges the token; the body has not been touched yet.
 * @throws GatewayError `unauthenticated`
 */
export async function openCaller({ request, reply }: Exchange, authenticate: Authenticate): Promise<Caller> {
  const principal = await authenticate(request.headers.authorization);
  request.event.account = principal.accountId;
  return { principal, allowance: createAllowance(), signal: signalOf(reply) };
}

/** Aborted when the connection closes before the answer has been sent whole. */
export function signalOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('the client disconnected'));
  });
  return controller.signal;
}
