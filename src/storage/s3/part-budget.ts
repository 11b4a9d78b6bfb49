// How many part buffers all uploads of one store hold at once. It makes the next one wait its turn, first come first
// served, and says that it is full to whoever has waited too long.
import { GatewayError } from '../../domain/errors.ts';

export type PartBudgetOptions = {
  readonly maxParts: number;
  /** Longest wait for a part; whoever has one never waits for another with it in hand. */
  readonly waitMs: number;
};

export type PartBudget = {
  /**
   * Waits until one more part may be held; it is given back with `giveBack`.
   * @throws GatewayError `overloaded` when none became free in time; the signal's reason when it aborts
   */
  take(signal: AbortSignal): Promise<void>;
  giveBack(): void;
  heldParts(): number;
};

const RETRY_AFTER_S = 5;

/** Creates the budget of one store, of which nothing is held yet. */
export function createPartBudget({ maxParts, waitMs }: PartBudgetOptions): PartBudget {
  const waiting = new Set<() => void>();
  let held = 0;

  return {
    take(signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (held < maxParts) {
        held += 1;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const stopWaiting = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          waiting.delete(grant);
        };
        const grant = (): void => {
          stopWaiting();
          resolve();
        };
        const onAbort = (): void => {
          stopWaiting();
          reject(signal.reason);
        };
        const timer = setTimeout(() => {
          stopWaiting();
          reject(
            new GatewayError('overloaded', { what: 'too many uploads are running', retryAfterSeconds: RETRY_AFTER_S }),
          );
        }, waitMs);
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.add(grant);
      });
    },
    giveBack() {
      const [next] = waiting;
      // Handed on to who has waited longest, so that nobody who comes later is faster.
      if (next === undefined) held -= 1;
      else next();
    },
    heldParts: () => held,
  };
}
