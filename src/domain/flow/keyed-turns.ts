// One at a time for each key: who comes while another has it waits, in the order of coming and not for ever.

export type KeyedTurns = {
  /**
   * Runs `work` when nobody else works under `key`, and gives what it gives.
   * @throws what `tooLate` gives when the turn has not come in time; `work` was not run then
   */
  take<Value>(key: string, work: () => Promise<Value>): Promise<Value>;
};

export type KeyedTurnsOptions = {
  /** Longest time that one waits. */
  readonly waitMs: number;
  readonly tooLate: () => Error;
};

/** Creates the turns; nobody has one yet. A key that nobody wants is forgotten. */
export function createKeyedTurns({ waitMs, tooLate }: KeyedTurnsOptions): KeyedTurns {
  /** The end of the last turn of each key. */
  const ends = new Map<string, Promise<void>>();

  return {
    async take(key, work) {
      const before = ends.get(key);
      const { promise: done, resolve } = Promise.withResolvers<void>();
      const end = before === undefined ? done : before.then(() => done);
      ends.set(key, end);
      try {
        if (before !== undefined) await within(before, { waitMs, tooLate });
        return await work();
      } finally {
        resolve();
        if (ends.get(key) === end) ends.delete(key);
      }
    },
  };
}

async function within(before: Promise<void>, { waitMs, tooLate }: KeyedTurnsOptions): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(tooLate()), waitMs);
  try {
    await Promise.race([before, late]);
  } finally {
    clearTimeout(timer);
  }
}
