// How many database connections one request may hold at a time. It makes the request's other calls wait their turn inside
// it: however many a document or a batch asks for, what is common to all accounts is left to the others.
import type { CallOptions } from '../flow/stream.ts';

/** Calls of one request that are at the database at once; what shares statements is not counted: inserts, and reads of single records. */
export const MAX_CALLS_AT_ONCE = 3;

/** Belongs to one request. */
export type Turns = {
  /**
   * Runs `call` when fewer than so many others of the request are running; first come, first served.
   * @throws what `call` throws; the signal's reason when it aborts before the turn has come
   */
  take<Value>(call: () => Promise<Value>, options: CallOptions): Promise<Value>;
};

/** The turns of a request that has called nothing yet. */
export function createTurns(maxAtOnce = MAX_CALLS_AT_ONCE): Turns {
  let running = 0;
  // A set gives back in the order of joining, and lets who gives up leave from the middle.
  const waiting = new Set<() => void>();

  /** Whoever ends hands its place over, so that nobody who comes later is ahead of who waits. */
  function leave(): void {
    const [next] = waiting;
    if (next === undefined) running -= 1;
    else next();
  }

  function enter({ signal }: CallOptions): Promise<void> {
    if (running < maxAtOnce) {
      running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const end = () => {
        waiting.delete(grant);
        signal.removeEventListener('abort', abort);
      };
      const grant = () => {
        end();
        resolve();
      };
      const abort = () => {
        end();
        reject(signal.reason);
      };
      waiting.add(grant);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  return {
    async take(call, options) {
      options.signal.throwIfAborted();
      await enter(options);
      try {
        return await call();
      } finally {
        leave();
      }
    },
  };
}
