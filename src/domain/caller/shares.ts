// How much of something common is in use at once, in all and by one account. It makes the rest wait their turn, and says
// that it is full to whoever has waited too long: what one account asks for never takes all of it.
import { GatewayError } from '../errors.ts';
import type { CallOptions } from '../flow/stream.ts';

export type SharesOptions = {
  readonly max: number;
  /** Below `max`, unless that is 1. */
  readonly maxPerAccount: number;
  /** Longest wait for a turn. */
  readonly waitMs: number;
  /** Of one account; who comes on top is refused at once. */
  readonly maxWaitingPerAccount: number;
  /** What is full, in words that complete "… at once": for example "too many downloads are running". */
  readonly full: string;
};

/** How much of it is in use, how many wait for their turn, and how much of it there is. */
export type SharesState = { readonly inUse: number; readonly waiting: number; readonly max: number };

export type Shares = {
  /**
   * Waits for a turn, and gives what must be called when it is over; harmless when repeated.
   * @throws GatewayError `overloaded` when none came in time; the signal's reason when it aborts
   */
  enter(accountId: string, options: CallOptions): Promise<() => void>;
  state(): SharesState;
};

const RETRY_AFTER_S = 5;

type Waiter = { readonly grant: () => void };

/** Who gives up between its turn and its knowing of it has no turn. */
async function handOver(leave: () => void, signal: AbortSignal): Promise<() => void> {
  await null;
  if (!signal.aborted) return leave;
  leave();
  throw signal.reason;
}

/** Each free place goes to the account that has the fewest; of those that have as many, to who has waited longest. */
export function createShares(options: SharesOptions): Shares {
  const { max, maxPerAccount, waitMs, maxWaitingPerAccount } = options;
  const running = new Map<string, number>();
  const waiting = new Map<string, Set<Waiter>>();
  let total = 0;

  const isFree = (accountId: string) => total < max && (running.get(accountId) ?? 0) < maxPerAccount;
  const full = () => new GatewayError('overloaded', { what: options.full, retryAfterSeconds: RETRY_AFTER_S });

  function grantNext(): void {
    while (total < max && waiting.size > 0) {
      let chosen: string | null = null;
      let fewest = maxPerAccount;
      for (const accountId of waiting.keys()) {
        const count = running.get(accountId) ?? 0;
        if (count >= fewest) continue;
        chosen = accountId;
        fewest = count;
        if (count === 0) break;
      }
      const queue = chosen === null ? undefined : waiting.get(chosen);
      if (chosen === null || queue === undefined) return;
      // To the end of the line: the next turn among equals is another account's.
      waiting.delete(chosen);
      waiting.set(chosen, queue);
      const [first] = queue;
      first?.grant();
    }
  }

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
      grantNext();
    };
  }

  function state(): SharesState {
    let waitingCount = 0;
    for (const queue of waiting.values()) waitingCount += queue.size;
    return { inUse: total, waiting: waitingCount, max };
  }

  return {
    state,
    enter(accountId, { signal }) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (isFree(accountId)) return handOver(occupy(accountId), signal);
      const queue = waiting.get(accountId) ?? new Set<Waiter>();
      if (waitMs === 0 || queue.size >= maxWaitingPerAccount) return Promise.reject(full());
      waiting.set(accountId, queue);
      return new Promise((resolve, reject) => {
        const leave = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          queue.delete(waiter);
          if (queue.size === 0) waiting.delete(accountId);
        };
        const onAbort = () => {
          leave();
          reject(signal.reason);
        };
        const waiter = {
          grant: () => {
            leave();
            resolve(handOver(occupy(accountId), signal));
          },
        };
        const timer = setTimeout(() => {
          leave();
          reject(full());
        }, waitMs);
        signal.addEventListener('abort', onAbort, { once: true });
        queue.add(waiter);
      });
    },
  };
}
