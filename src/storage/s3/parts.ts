// The memory and the connections that all uploads of one store share. It lends no more parts, in memory and in flight, than
// it was given, and any one account more than its share of them.
import type { Buffer } from 'node:buffer';
import { createShares, type SharesState } from '../../domain/caller/shares.ts';
import { createBufferPool } from '../../domain/flow/buffer-pool.ts';

/** The smallest that S3 takes; 10,000 of them are 48.8 GiB, far beyond the 5 GiB that a content may have. */
export const PART_BYTES = 5 * 1024 * 1024;
/** Over all contents at once, so that sixteen large ones stay within 16 + 8 parts of memory. */
export const MAX_PARTS_IN_FLIGHT = 8;
const MAX_PARTS_IN_FLIGHT_PER_ACCOUNT = 6;
const MAX_SPARE_BUFFERS = 4;
/** What an upload gathers before it needs a part: 256 uploads at once, as many as a process streams, hold 64 MiB so. */
export const SMALL_BYTES = 256 * 1024;
/** 190 MiB; with what is small and on its way, within 256 MiB. */
const MAX_PARTS = 38;
/** Long enough for a slow sender's part: who waits is held back, and loses nothing but time. */
const PART_TURN_MS = 60_000;
/** More than a process streams and fetches at once. */
const MAX_WAITING_PER_ACCOUNT = 1_000;
const FULL = 'too many uploads are running';

/** Part buffers and permissions to send one, for one upload. */
export type Parts = {
  /**
   * Waits until one more part may be in memory. Whoever has it gives it back with `release` or `drop`, and never waits
   * for another with it in hand.
   * @throws GatewayError `overloaded` when none became free in time; the signal's reason
   */
  reserve(signal: AbortSignal): Promise<void>;
  /** The memory of a part that was reserved. */
  takeBuffer(): Buffer;
  /** Gives a part back, with its buffer when it has one, once nobody reads it any more. */
  release(part: Buffer): void;
  /** Gives a part back whose buffer may still be read, and is left to the garbage collector. */
  drop(): void;
  /**
   * Whether one more part may wait for its commit, which may come long after; whoever was told so calls what it got when
   * it has come. Null: enough do already, of all or of the account, and the others must not wait for them.
   */
  keep(): (() => void) | null;
  /**
   * Waits until another part may be sent, and gives what must be called when it has been.
   * @throws GatewayError `overloaded` when its turn did not come in time; the signal's reason
   */
  enter(signal: AbortSignal): Promise<() => void>;
};

export type PartPool = {
  /** For one upload of an account. Accounts take turns: what is free goes to the one that has the least. */
  open(accountId: string): Parts;
  /** Parts in memory. */
  state(): SharesState;
};

export type PartPoolOptions = { readonly maxParts?: number; readonly waitMs?: number };

/** Creates the pool of one store. An account has at most three quarters of the parts. */
export function createPartPool({ maxParts = MAX_PARTS, waitMs = PART_TURN_MS }: PartPoolOptions = {}): PartPool {
  const waits = { waitMs, maxWaitingPerAccount: MAX_WAITING_PER_ACCOUNT, full: FULL };
  const maxPerAccount = Math.max(1, Math.floor((maxParts * 3) / 4));
  const held = createShares({ ...waits, max: maxParts, maxPerAccount });
  const sending = createShares({
    ...waits,
    max: MAX_PARTS_IN_FLIGHT,
    maxPerAccount: MAX_PARTS_IN_FLIGHT_PER_ACCOUNT,
  });
  // What waits for its commit must leave parts for what its commit waits for, in all and in the account's share.
  const kept = createCounts({ max: maxParts / 2, maxPerAccount: maxPerAccount / 2 });
  const buffers = createBufferPool({ bytes: PART_BYTES, maxSpare: MAX_SPARE_BUFFERS });

  return {
    state: held.state,
    open(accountId) {
      const leaves: (() => void)[] = [];
      const giveBack = () => leaves.pop()?.();
      return {
        async reserve(signal) {
          leaves.push(await held.enter(accountId, { signal }));
        },
        takeBuffer: buffers.take,
        release(part) {
          buffers.give(part);
          giveBack();
        },
        drop: giveBack,
        keep: () => kept.take(accountId),
        enter: (signal) => sending.enter(accountId, { signal }),
      };
    },
  };
}

/** Counts in all and for each account, without anybody waiting. */
function createCounts({ max, maxPerAccount }: { readonly max: number; readonly maxPerAccount: number }) {
  const counts = new Map<string, number>();
  let total = 0;
  const add = (accountId: string, change: 1 | -1) => {
    total += change;
    const count = (counts.get(accountId) ?? 0) + change;
    if (count === 0) counts.delete(accountId);
    else counts.set(accountId, count);
  };
  return {
    /** What gives it back, or null when there is none left. */
    take(accountId: string): (() => void) | null {
      if (total + 1 > max || (counts.get(accountId) ?? 0) + 1 > maxPerAccount) return null;
      add(accountId, 1);
      return () => add(accountId, -1);
    },
  };
}
