// Idempotency keys, as the domain needs them kept.
import type { CreateResult } from '../conflict.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Resource } from '../resource.ts';

/** One request's hold on an idempotency key of its account. */
export type KeyClaim = {
  readonly accountId: string;
  readonly key: string;
  /** A uuid that no other claim has. */
  readonly owner: string;
};

export type ClaimOutcome =
  | { readonly kind: 'claimed' }
  /** Another claim is held, since `runningMs`. */
  | { readonly kind: 'running'; readonly runningMs: number }
  /** A result is kept under the key. `resource` is as it was when it was answered. */
  | {
      readonly kind: 'done';
      readonly fingerprint: string;
      readonly resource: Resource;
      readonly outcome: CreateResult;
    };

/** Idempotency keys. The database decides who holds one, and by its own clock for how long. */
export type IdempotencyKeys = {
  /**
   * Claims a key that is free, or whose claim or result has run out. The claim holds for `leaseMs` unless it is
   * renewed. Not aborted once it has begun; when it rejects, the claim may be held, and runs out.
   */
  claimKey(claim: KeyClaim, lease: { readonly leaseMs: number }): Promise<ClaimOutcome>;
  /** Holds the claim for another `leaseMs`; without effect when it is not held or has its result. May be repeated. */
  renewKey(claim: KeyClaim, options: CallOptions & { readonly leaseMs: number }): Promise<void>;
  /** Frees the key, unless a result is kept under it. Waits for an insert under the claim. May be repeated. */
  releaseKey(claim: KeyClaim, options: CallOptions): Promise<void>;
  /** Removes the keys of all accounts that have run out; gives how many. May be repeated, also by several at once. */
  removeExpiredKeys(options: CallOptions): Promise<number>;
};
