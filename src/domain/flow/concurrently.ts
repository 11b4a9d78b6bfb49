// Work on many items with a bound on how many at once. Nothing new begins after the first failure.

export type ConcurrencyOptions<Item> = {
  readonly maxAtOnce: number;
  readonly work: (item: Item) => Promise<void>;
};

/**
 * Runs `work` on every item, taking the next one whenever there is room, so that `items` is never held whole.
 * @throws the first failure, of `items` or of `work`, when all that was running has ended
 */
export async function forEachConcurrently<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  { maxAtOnce, work }: ConcurrencyOptions<Item>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { readonly thrown: unknown } | null = null;
  try {
    for await (const item of items) {
      const done = work(item)
        .catch((thrown: unknown) => {
          failure ??= { thrown };
        })
        .finally(() => running.delete(done));
      running.add(done);
      if (running.size >= maxAtOnce) await Promise.race(running);
      if (failure !== null) break;
    }
  } finally {
    await Promise.all(running);
  }
  if (failure !== null) throw (failure as { readonly thrown: unknown }).thrown;
}
