// A request's right to do the one thing that its idempotency key stands for.
import type { ClaimOutcome, KeyClaim } from './idempotency-keys.ts';

/** What a create is to do: store under the claim, or answer what was stored. */
export type Claim =
  | {
      readonly kind: 'claimed';
      readonly claim: KeyClaim;
      /** How long a repeat is to get the result. */
      readonly ttlMs: number;
      /** Keeps the key from being freed. */
      onStored(): void;
    }
  | Extract<ClaimOutcome, { kind: 'done' }>;
