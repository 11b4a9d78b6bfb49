// What every tRPC procedure is made of: its context, its errors, its line in the log.
import { initTRPC, type TRPCDefaultErrorShape } from '@trpc/server';
import type { RateState } from '../../domain/caller/rate-points.ts';
import { type ErrorCode, GatewayError, toHints } from '../../domain/errors.ts';
import type { CallContext } from '../call-context.ts';
import { toTrpcError } from './errors.ts';

/** What a caller can act on, beside tRPC's own description of an error. */
type Shown = {
  /** Which refusal it is (docs/errors.md); absent when tRPC itself refuses. */
  readonly reason?: ErrorCode;
  /** What stands in the way of a create, if the caller may read it. */
  readonly resourceId?: string;
  /** When to try again. */
  readonly retryAfterSeconds?: number;
  /** The caller's rate points, when they are counted. */
  readonly rateLimit?: RateState;
};

export type ErrorShape = TRPCDefaultErrorShape & { readonly data: TRPCDefaultErrorShape['data'] & Shown };

export const t = initTRPC.context<CallContext>().create({
  isDev: false,
  // A client that has heard nothing for so long comes again: a connection may be dead without a word. Pings are ours.
  sse: { ping: { enabled: false }, client: { reconnectAfterInactivityMs: 30_000 } },
  errorFormatter: ({ shape, error: { cause }, ctx }): ErrorShape => {
    const hints = cause instanceof GatewayError ? toHints(cause) : null;
    const resourceId = hints?.existingId ?? null;
    const retryAfterSeconds = hints?.retryAfterSeconds ?? null;
    const rateLimit = ctx?.operations.rateState(ctx.caller.principal.accountId) ?? null;
    const shown: Shown = {
      ...(cause instanceof GatewayError && { reason: cause.code }),
      ...(resourceId !== null && { resourceId }),
      ...(retryAfterSeconds !== null && { retryAfterSeconds }),
      ...(rateLimit !== null && { rateLimit }),
    };
    return { ...shape, data: { ...shape.data, ...shown } };
  },
});

/** tRPC hands a failure back as a result; throwing here is what gives it our code and our sentence. */
export const procedure = t.procedure.use(async ({ next }) => {
  const result = await next();
  if (!result.ok) throw toTrpcError(result.error);
  return result;
});
