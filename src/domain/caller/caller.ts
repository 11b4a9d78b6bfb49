// Who makes a request, and what holds for the whole of it; it says nothing of what is asked.

import type { CallOptions } from '../flow/stream.ts';
import type { CreateAllowance } from './allowance.ts';
import type { Principal } from './principal.ts';

/** One request of one principal. */
export type Caller = CallOptions & {
  readonly principal: Principal;
  /** What the request may still create; all its calls draw on the same one. */
  readonly allowance: CreateAllowance;
  /** As `parseIdempotencyKey` gives it; null without one. */
  readonly idempotencyKey: string | null;
};
