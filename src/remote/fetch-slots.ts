// How many fetches run at once, per account and in all. It makes the rest wait their turn and refuses who waits too long.
import { GatewayError } from '../domain/errors.ts';

export type FetchSlotLimits = {
  readonly maxConcurrentPerAccount: number;
  readonly maxConcurrent: number;
  readonly slotTimeoutMs: number;
};

/**
 * Takes a slot for an account, waiting for one up to `slotTimeoutMs`.
 * @returns what gives it back; harmless when repeated
 * @throws GatewayError `remote_failed` when none came free in time; the signal's reason when it aborts
 */
export type TakeSlot = (accountId: string, options: { readonly signal: AbortSignal }) => Promise<() => void>;

/** An account whose slots are all taken does not hold up the others: each free slot goes to the first who may use it. */
export function createFetchSlots(limits: FetchSlotLimits): TakeSlot {
  const running = new Map<string, number>();
  const waiting = new Set<{ readonly accountId: string; readonly grant: () => void }>();
  let total = 0;

  const isFree = (accountId: string) =>
    total < limits.maxConcurrent && (running.get(accountId) ?? 0) < limits.maxConcurrentPerAccount;

  function occupy(accountId: string): () => void {
    total += 1;
    running.set(accountId, (running.get(accountId) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      total -= 1;
      const left = (running.get(accountId) ?? 1) - 1;
      if (left === 0) running.delete(accountId);
      else running.set(accountId, left);
      for (const waiter of waiting) if (isFree(waiter.accountId)) waiter.grant();
    };
  }

  return (accountId, { signal }) => {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (isFree(accountId)) return Promise.resolve(occupy(accountId));
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        waiting.delete(waiter);
      };
      const onAbort = () => {
        leave();
        reject(signal.reason);
      };
      const waiter = {
        accountId,
        grant: () => {
          leave();
          resolve(occupy(accountId));
        },
      };
      const timer = setTimeout(() => {
        leave();
        reject(new GatewayError('remote_failed', { reason: 'too many remote fetches are running; try again later' }));
      }, limits.slotTimeoutMs);
      signal.addEventListener('abort', onAbort, { once: true });
      waiting.add(waiter);
    });
  };
}
