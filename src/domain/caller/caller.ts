// Who makes a request, and what holds for the whole of it; it says nothing of what is asked.

import type { CallOptions } from '../flow/stream.ts';
import type { CreateAllowance } from './allowance.ts';
import type { Claim } from './claim.ts';
import type { Principal } from './principal.ts';
import type { Turns } from './turns.ts';

/** One request of one principal. */
export type Caller = CallOptions & {
  /** What the log knows the request by. */
  readonly requestId: string;
  readonly principal: Principal;
  /** What the request may still create; all its calls draw on the same one. */
  readonly allowance: CreateAllowance;
  /** How its calls come to the database: a few at a time. */
  readonly turns: Turns;
  /**
   * What the request's one create is to do under its idempotency key; null without one, and until `openAttempt`.
   * @throws GatewayError `invalid_input` at the second call
   */
  readonly takeClaim: (() => Claim) | null;
  /** As `parseIdempotencyKey` gives it; null without one. */
  readonly idempotencyKey: string | null;
};
