// Who calls, under which idempotency key, and a signal that ends with the connection. It refuses what is neither token
// nor key.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createAllowance } from '../domain/caller/allowance.ts';
import type { Caller } from '../domain/caller/caller.ts';
import { parseIdempotencyKey } from '../domain/caller/idempotency.ts';
import type { Principal } from '../domain/caller/principal.ts';
import { createTurns } from '../domain/caller/turns.ts';
import { invalidInput } from '../domain/errors.ts';

/** The value of the `Authorization` header becomes a caller, or a GatewayError `unauthenticated` is thrown. */
export type Authenticate = (authorization: string | undefined) => Principal | Promise<Principal>;

/** A request and the answer to it. */
export type Exchange = { readonly request: FastifyRequest; readonly reply: FastifyReply };

/**
 * Judges the token, then the idempotency key; the body has not been touched yet.
 * @throws GatewayError `unauthenticated`, `invalid_input` on `Idempotency-Key`
 */
export async function openCaller({ request, reply }: Exchange, authenticate: Authenticate): Promise<Caller> {
  const principal = await authenticate(request.headers.authorization);
  request.event.account = principal.accountId;
  if (principal.subject !== null) request.event.subject = principal.subject;
  const idempotencyKey = toIdempotencyKey(request);
  return {
    requestId: request.id,
    principal,
    allowance: createAllowance(),
    turns: createTurns(),
    takeClaim: null,
    signal: signalOf(reply),
    idempotencyKey,
  };
}

/** What is safe to repeat anyway needs no key. */
function toIdempotencyKey({ method, headers }: FastifyRequest): string | null {
  const sent = headers['idempotency-key'];
  if (method !== 'POST' || sent === undefined) return null;
  return parseIdempotencyKey(unquote(String(sent)));
}

/** A structured field's string (RFC 9651, section 4.2.5), or the characters as they are, as most clients send them. */
function unquote(sent: string): string {
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(sent)?.[1];
  if (quoted !== undefined) return quoted.replace(/\\(.)/g, '$1');
  // What a proxy makes of two headers, or of a broken string, is no key.
  if (/["\\,]/.test(sent)) throw invalidInput('Idempotency-Key', 'must be one key, as it is or in double quotes');
  return sent;
}

const SIGNAL = Symbol('signal');
type Signalled = FastifyReply & { [SIGNAL]?: AbortSignal };

/** Aborted when the connection closes before the answer has been sent whole; the same for each call. */
export function signalOf(reply: Signalled): AbortSignal {
  const known = reply[SIGNAL];
  if (known !== undefined) return known;
  const controller = new AbortController();
  reply[SIGNAL] = controller.signal;
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('the client disconnected'));
  });
  return controller.signal;
}
