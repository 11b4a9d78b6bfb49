// What is left of an account's rate points, in each answer's head (draft-ietf-httpapi-ratelimit-headers-10).
import type { RateState } from '../domain/caller/rate-points.ts';
import type { Exchange } from './caller.ts';

/** Null when nothing is counted, or nothing is known of the account. */
export type RateOf = (accountId: string) => RateState | null;

/** The policy's only name: there is one, over all that an account asks. */
const POLICY = '"default"';

/** Adds `RateLimit-Policy` and `RateLimit`, when the request's token was judged and is counted. */
export function tellRate({ request, reply }: Exchange, rateOf: RateOf): void {
  const { account } = request.event;
  const state = account === undefined ? null : rateOf(account);
  if (state === null) return;
  const { points, windowSeconds, remaining, resetSeconds } = state;
  reply.header('ratelimit-policy', `${POLICY};q=${points};w=${windowSeconds}`);
  reply.header('ratelimit', `${POLICY};r=${remaining};t=${resetSeconds}`);
}
