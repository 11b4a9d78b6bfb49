// Group commit: what arrives while statements run shares the next one. It knows nothing of SQL and starts no group by a timer.

/** Joins items into groups; each caller gets its own outcome. */
export type SharedInserts<Item, Outcome> = {
  /** Gives this item's outcome. Rejects with the item's own error, or with its group's when the whole group failed. */
  add(item: Item): Promise<Outcome>;
  /** Resolves when everything added has its outcome; what is added afterwards is rejected. */
  close(): Promise<void>;
};

export type SharedInsertsOptions<Item, Outcome> = {
  /** Runs one group, in the order of arrival; gives one result for each item, in the same order. */
  readonly runGroup: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Outcome>[]>;
  readonly sizeOf: (item: Item) => number;
  readonly maxItems: number;
  /** A bound on a group's sum of `sizeOf`; an item that exceeds it alone goes alone. */
  readonly maxBytes: number;
  readonly maxGroupsInFlight: number;
  /** Longest time that an item waits for its group to start. */
  readonly waitMs: number;
  /** Why an item that has waited so long is rejected; nothing of it was stored. */
  readonly tooLate: () => Error;
};

type Waiting<Item, Outcome> = {
  readonly item: Item;
  readonly sinceMs: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (reason: unknown) => void;
};

export function createSharedInserts<Item, Outcome>(
  options: SharedInsertsOptions<Item, Outcome>,
): SharedInserts<Item, Outcome> {
  const idle = Promise.withResolvers<void>();
  let waiting: Waiting<Item, Outcome>[] = [];
  let groupsInFlight = 0;
  let startScheduled = false;
  let closed = false;
  let watch: NodeJS.Timeout | null = null;

  /** One timer for all: the first that waits has waited longest. */
  function watchWaiting(): void {
    const [first] = waiting;
    if (watch !== null || first === undefined) return;
    watch = setTimeout(refuseLate, first.sinceMs + options.waitMs - performance.now());
    watch.unref();
  }

  function refuseLate(): void {
    watch = null;
    const latestMs = performance.now() - options.waitMs;
    const firstInTime = waiting.findIndex(({ sinceMs }) => sinceMs > latestMs);
    const late = waiting.splice(0, firstInTime === -1 ? waiting.length : firstInTime);
    for (const { reject } of late) reject(options.tooLate());
    watchWaiting();
  }

  function takeGroup(): Waiting<Item, Outcome>[] {
    let count = 0;
    let bytes = 0;
    for (const { item } of waiting) {
      bytes += options.sizeOf(item);
      if (count === options.maxItems || (count > 0 && bytes > options.maxBytes)) break;
      count += 1;
    }
    const group = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return group;
  }

  function startGroups(): void {
    startScheduled = false;
    while (waiting.length > 0 && groupsInFlight < options.maxGroupsInFlight) void run(takeGroup());
    if (closed && groupsInFlight === 0) idle.resolve();
  }

  async function run(group: readonly Waiting<Item, Outcome>[]): Promise<void> {
    groupsInFlight += 1;
    try {
      const results = await options.runGroup(group.map(({ item }) => item));
      group.forEach(({ resolve, reject }, index) => {
        const result = results[index];
        if (result?.status === 'fulfilled') resolve(result.value);
        else reject(result === undefined ? new Error('a group gave no result for one of its items') : result.reason);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    groupsInFlight -= 1;
    startGroups();
  }

  return {
    add: (item) => {
      if (closed) return Promise.reject(new Error('closed: nothing more can be inserted'));
      const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
      waiting.push({ item, resolve, reject, sinceMs: performance.now() });
      watchWaiting();
      if (!startScheduled && groupsInFlight < options.maxGroupsInFlight) {
        startScheduled = true;
        // Not at once, so that requests which reached the process together share a statement.
        setImmediate(startGroups);
      }
      return promise;
    },
    close: () => {
      closed = true;
      if (!startScheduled) startGroups();
      return idle.promise;
    },
  };
}
