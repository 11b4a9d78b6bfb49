// The memory and the connections that all uploads of one store share. It refuses more parts in flight than it was given.
import type { Buffer } from 'node:buffer';
import { createBufferPool } from '../../domain/flow/buffer-pool.ts';

/** The smallest that S3 takes; 10,000 of them are 48.8 GiB, far beyond the 5 GiB that a content may have. */
export const PART_BYTES = 5 * 1024 * 1024;
/** Over all contents at once, so that sixteen large ones stay within 16 + 8 parts of memory. */
const MAX_PARTS_IN_FLIGHT = 8;
const MAX_SPARE_BUFFERS = 4;

/** Part buffers and permissions to send one. */
export type PartPool = {
  takeBuffer(): Buffer;
  /** Gives a buffer back, once nobody reads it any more. */
  releaseBuffer(part: Buffer): void;
  /**
   * Waits, first come first served, until another part may be sent, and gives what must be called when it has been.
   * @throws the signal's reason
   */
  enter(signal: AbortSignal): Promise<() => void>;
};

/** Creates the pool of one store. */
export function createPartPool(): PartPool {
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
    takeBuffer: buffers.take,
    releaseBuffer: buffers.give,
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
