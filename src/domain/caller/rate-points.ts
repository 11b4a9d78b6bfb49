// What one account may ask of all gateways together in a window of time, in points. Each gateway leases points by the block
// from what they share, so that most calls cost no look at it, and no point is ever spent twice.
import { GatewayError, invalidInput } from '../errors.ts';
import { raceSignal } from '../flow/race-signal.ts';
import type { CallOptions } from '../flow/stream.ts';

/** As many points in each window of so many seconds. */
export type RatePolicy = { readonly points: number; readonly windowSeconds: number };

/** How an account stands; `remaining` is what this gateway knows of, which others may have taken from since. */
export type RateState = RatePolicy & { readonly remaining: number; readonly resetSeconds: number };

/** What all gateways on a database share. */
export type RateLeases = {
  /**
   * Takes up to `wanted` of the points that the account has left in its window; the first lease after a window's end begins
   * the next. A lease is good to its window's end. When it rejects, the points may be gone.
   */
  leasePoints(
    lease: RatePolicy & { readonly accountId: string; readonly wanted: number },
    options: CallOptions,
  ): Promise<PointsLease>;
};

export type PointsLease = {
  readonly granted: number;
  /** What nobody has leased. */
  readonly remaining: number;
  /** When the window ends, by the database's clock: what tells it from others. */
  readonly windowEnd: number;
  /** The same from the moment of the lease. */
  readonly endsInMs: number;
};

export type RatePoints = {
  /**
   * Spends points of the account.
   * @throws GatewayError `rate_limited` when it has fewer left, none is spent then; `invalid_input` when no window has so many
   */
  take(points: number, caller: CallOptions & { readonly accountId: string }): Promise<void>;
  /** Spends none, and refuses as far as that is known without a look. @throws GatewayError `rate_limited` */
  requireLeft(points: number, accountId: string): void;
  /** Null when nothing is counted, or nothing is known of the account's window. */
  state(accountId: string): RateState | null;
};

export type RatePointsOptions = {
  readonly leases: RateLeases;
  /** Null: nothing is counted. */
  readonly policy: RatePolicy | null;
  /** Milliseconds that never go back. */
  readonly now: () => number;
};

type Window = {
  /** What is leased and not spent. */
  left: number;
  /** What nobody had leased at the last look. */
  readonly unleased: number;
  readonly windowEnd: number;
  readonly endsAt: number;
};

/** A gateway leases a twentieth of all at once, and less when little is left: so much may stay unspent at its end. */
const LEASES_PER_WINDOW = 20;
const LEASES_OF_REST = 4;
const LEASE_TIMEOUT_MS = 10_000;
/** From so many accounts on those whose window has ended are forgotten. */
const MAX_IDLE_ACCOUNTS = 1_000;

/** Counts over `leases`; it owns nothing. */
export function createRatePoints({ leases, policy, now }: RatePointsOptions): RatePoints {
  return policy === null
    ? { take: () => Promise.resolve(), requireLeft: () => {}, state: () => null }
    : createCount(policy, { leases, now });
}

function createCount(policy: RatePolicy, { leases, now }: Omit<RatePointsOptions, 'policy'>): RatePoints {
  const windows = new Map<string, Window>();
  const leasing = new Map<string, Promise<void>>();
  /** What all who wait for a lease want of it. */
  const wishes = new Map<string, number>();

  function find(accountId: string): Window | null {
    const window = windows.get(accountId);
    return window !== undefined && window.endsAt > now() ? window : null;
  }

  const toResetSeconds = ({ endsAt }: Window) => Math.max(1, Math.ceil((endsAt - now()) / 1000));

  function requireLeft(points: number, accountId: string): void {
    const window = find(accountId);
    if (window === null || window.left + window.unleased >= points) return;
    throw new GatewayError('rate_limited', { ...policy, retryAfterSeconds: toResetSeconds(window) });
  }

  /** One at a time for an account: whoever comes meanwhile waits for it, and is thought of by the next. */
  function lease(accountId: string): Promise<void> {
    const known = leasing.get(accountId);
    if (known !== undefined) return known;
    const leased = leaseBlock(accountId).finally(() => leasing.delete(accountId));
    leasing.set(accountId, leased);
    return leased;
  }

  async function leaseBlock(accountId: string): Promise<void> {
    const known = find(accountId);
    const unleased = known?.unleased ?? policy.points;
    const block = Math.min(policy.points / LEASES_PER_WINDOW, unleased / LEASES_OF_REST);
    const wished = (wishes.get(accountId) ?? 0) - (known?.left ?? 0);
    const wanted = Math.ceil(Math.min(policy.points, Math.max(block, wished, 1)));
    // It is others' as well: none of them may abort it.
    const signal = AbortSignal.timeout(LEASE_TIMEOUT_MS);
    const askedAt = now();
    const { granted, remaining, windowEnd, endsInMs } = await leases.leasePoints(
      { accountId, wanted, ...policy },
      { signal },
    );
    const before = windows.get(accountId);
    // What was left of another window is gone with it.
    const left = before?.windowEnd === windowEnd ? before.left : 0;
    forgetEnded();
    windows.delete(accountId);
    windows.set(accountId, { left: left + granted, unleased: remaining, windowEnd, endsAt: askedAt + endsInMs });
  }

  /** They stand in the order of their last lease, and so nearly in that of their ends. */
  function forgetEnded(): void {
    if (windows.size < MAX_IDLE_ACCOUNTS) return;
    for (const [accountId, { endsAt }] of windows) {
      if (endsAt > now()) return;
      windows.delete(accountId);
    }
  }

  async function waitForLease(points: number, { accountId, signal }: CallOptions & { readonly accountId: string }) {
    wishes.set(accountId, (wishes.get(accountId) ?? 0) + points);
    try {
      await raceSignal(lease(accountId), signal);
    } finally {
      const others = (wishes.get(accountId) ?? 0) - points;
      if (others > 0) wishes.set(accountId, others);
      else wishes.delete(accountId);
    }
  }

  return {
    requireLeft,
    async take(points, caller) {
      if (points === 0) return;
      if (points > policy.points) {
        throw invalidInput(
          'the request',
          `costs ${points} points, and there are ${policy.points} at most; ask for less at once`,
        );
      }
      while (true) {
        const window = find(caller.accountId);
        if (window !== null && window.left >= points) {
          window.left -= points;
          return;
        }
        requireLeft(points, caller.accountId);
        await waitForLease(points, caller);
      }
    },
    state(accountId) {
      const window = find(accountId);
      if (window === null) return null;
      return { ...policy, remaining: window.left + window.unleased, resetSeconds: toResetSeconds(window) };
    },
  };
}
