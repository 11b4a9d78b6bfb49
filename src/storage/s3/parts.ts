// The memory and the connections that all uploads of one store share. It refuses more parts, in memory and in flight, than
// it was given.
import type { Buffer } from 'node:buffer';
import { createBufferPool } from '../../domain/flow/buffer-pool.ts';
import { createPartBudget } from './part-budget.ts';

/** The smallest that S3 takes; 10,000 of them are 48.8 GiB, far beyond the 5 GiB that a content may have. */
export const PART_BYTES = 5 * 1024 * 1024;
/** Over all contents at once, so that sixteen large ones stay within 16 + 8 parts of memory. */
const MAX_PARTS_IN_FLIGHT = 8;
const MAX_SPARE_BUFFERS = 4;
/** What an upload gathers before it needs a part: 256 uploads at once, as many as a process streams, hold 64 MiB so. */
export const SMALL_BYTES = 256 * 1024;
/** 190 MiB; with what is small and on its way, within 256 MiB. */
const MAX_PARTS = 38;
/** Long enough for a slow sender's part: who waits is held back, and loses nothing but time. */
const PART_TURN_MS = 60_000;

/** Part buffers and permissions to send one. */
export type PartPool = {
  /**
   * Waits, first come first served, until one more part may be in memory. Whoever has it gives it back with `release`
   * or `drop`.
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
   * it has come. Null: enough do already, and the others must not wait for them.
   */
  keep(): (() => void) | null;
  heldParts(): number;
  /**
   * Waits, first come first served, until another part may be sent, and gives what must be called when it has been.
   * @throws the signal's reason
   */
  enter(signal: AbortSignal): Promise<() => void>;
};

export type PartPoolOptions = { readonly maxParts?: number; readonly waitMs?: number };

/** Creates the pool of one store. */
export function createPartPool({ maxParts = MAX_PARTS, waitMs = PART_TURN_MS }: PartPoolOptions = {}): PartPool {
  const budget = createPartBudget({ maxParts, waitMs });
  let kept = 0;
  const buffers = createBufferPool({ bytes: PART_BYTES, maxSpare: MAX_SPARE_BUFFERS });
  const waiting = new Set<() => void>();
  let inFlight = 0;

  const leaveOnce = (): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      inFlight -= 1;
      const [first] = waiting;
      first?.();
    };
  };

  return {
    reserve: budget.take,
    takeBuffer: buffers.take,
    release(part) {
      buffers.give(part);
      budget.giveBack();
    },
    drop: budget.giveBack,
    keep() {
      if (kept + 1 > maxParts / 2) return null;
      kept += 1;
      return () => {
        kept -= 1;
      };
    },
    heldParts: budget.heldParts,
    async enter(signal) {
      signal.throwIfAborted();
      if (inFlight >= MAX_PARTS_IN_FLIGHT) {
        await new Promise<void>((resolve, reject) => {
          const stop = (): void => {
            waiting.delete(proceed);
            reject(signal.reason);
          };
          const proceed = (): void => {
            waiting.delete(proceed);
            signal.removeEventListener('abort', stop);
            inFlight += 1;
            resolve();
          };
          waiting.add(proceed);
          signal.addEventListener('abort', stop, { once: true });
        });
      } else inFlight += 1;
      return leaveOnce();
    },
  };
}
