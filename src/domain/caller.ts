// Who makes a request, and what holds for the whole of it; it says nothing of what is asked.
import type { CallOptions } from './ports.ts';
import type { Principal } from './principal.ts';

/** One request of one principal. */
export type Caller = CallOptions & {
  readonly principal: Principal;
  /** As `parseIdempotencyKey` gives it; null without one. */
  readonly idempotencyKey: string | null;
};
