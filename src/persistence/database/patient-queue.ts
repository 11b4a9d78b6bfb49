// A fair queue in which nobody waits for ever: whoever has waited too long is taken out and told.
import { createFairQueue, type FairQueue } from './fair-queue.ts';

export type PatientQueueOptions<Item> = {
  /** Longest wait. */
  readonly waitMs: number;
  /** Told of each item that has waited so long; it is no longer there. */
  readonly onLate: (item: Item) => void;
};

/** An empty one. One timer looks after all that wait: the first that waits has waited longest. */
export function createPatientQueue<Item>({ waitMs, onLate }: PatientQueueOptions<Item>): FairQueue<Item> {
  const queue = createFairQueue<Item>();
  /** In the order of their arrival. */
  const arrivals = new Map<Item, { readonly accountId: string; readonly sinceMs: number }>();
  let timer: NodeJS.Timeout | null = null;

  function watch(): void {
    const [first] = arrivals.values();
    if (timer !== null || first === undefined) return;
    timer = setTimeout(refuseLate, first.sinceMs + waitMs - performance.now());
    timer.unref();
  }

  function refuseLate(): void {
    timer = null;
    const latestMs = performance.now() - waitMs;
    for (const [item, { accountId, sinceMs }] of arrivals) {
      if (sinceMs > latestMs) break;
      remove(accountId, item);
      onLate(item);
    }
    watch();
  }

  function remove(accountId: string, item: Item): void {
    arrivals.delete(item);
    queue.remove(accountId, item);
  }

  return {
    get size() {
      return queue.size;
    },
    countOf: queue.countOf,
    add(accountId, item) {
      arrivals.set(item, { accountId, sinceMs: performance.now() });
      queue.add(accountId, item);
      watch();
    },
    first: queue.first,
    take() {
      const item = queue.take();
      if (item !== undefined) arrivals.delete(item);
      return item;
    },
    remove,
  };
}
