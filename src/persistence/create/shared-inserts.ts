// Group commit: what arrives while statements run shares the next one. It knows nothing of SQL and starts no group by a
// timer.
// Accounts take turns, and heavy items share no group with light ones: nobody waits for what another account brings.
import type { FairQueue } from '../database/fair-queue.ts';
import { createPatientQueue } from '../database/patient-queue.ts';

/** Joins items into groups; each caller gets its own outcome. */
export type SharedInserts<Item, Outcome> = {
  /** Gives this item's outcome. Rejects with the item's own error, or with its group's when the whole group failed. */
  add(item: Item): Promise<Outcome>;
  /** Resolves when everything added has its outcome; what is added afterwards is rejected. */
  close(): Promise<void>;
};

export type SharedInsertsOptions<Item, Outcome> = {
  /** Runs one group, in which an account's items keep their order; gives one result for each item, in the same order. */
  readonly runGroup: (items: readonly Item[]) => Promise<readonly PromiseSettledResult<Outcome>[]>;
  readonly accountOf: (item: Item) => string;
  /** What it costs to store, in whatever unit. */
  readonly weigh: (item: Item) => number;
  readonly maxItems: number;
  /** A bound on a group's sum of `weigh`; an item that exceeds it alone goes alone. */
  readonly maxWeight: number;
  /** What weighs more than this is heavy. */
  readonly maxLightWeight: number;
  /** One of them is kept from heavy groups, unless there is but one; then light and heavy groups alternate. */
  readonly maxGroupsInFlight: number;
  /** Longest time that an item waits for its group to start. */
  readonly waitMs: number;
  /** Why an item that has waited so long is rejected; nothing of it was stored. */
  readonly tooLate: () => Error;
};

type Waiting<Item, Outcome> = {
  readonly item: Item;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (reason: unknown) => void;
};

type Lane<Item, Outcome> = { readonly waiting: FairQueue<Waiting<Item, Outcome>>; groupsInFlight: number };

export function createSharedInserts<Item, Outcome>(
  options: SharedInsertsOptions<Item, Outcome>,
): SharedInserts<Item, Outcome> {
  const idle = Promise.withResolvers<void>();
  const createLane = (): Lane<Item, Outcome> => ({
    waiting: createPatientQueue({ waitMs: options.waitMs, onLate: ({ reject }) => reject(options.tooLate()) }),
    groupsInFlight: 0,
  });
  const light = createLane();
  const heavy = createLane();
  const { maxGroupsInFlight } = options;
  let wasHeavy = false;
  let startScheduled = false;
  let closed = false;

  const countInFlight = () => light.groupsInFlight + heavy.groupsInFlight;

  function takeGroup({ waiting }: Lane<Item, Outcome>): Waiting<Item, Outcome>[] {
    const group: Waiting<Item, Outcome>[] = [];
    let weight = 0;
    for (let first = waiting.first(); first !== undefined; first = waiting.first()) {
      weight += options.weigh(first.item);
      if (group.length === options.maxItems || (group.length > 0 && weight > options.maxWeight)) break;
      waiting.take();
      group.push(first);
    }
    return group;
  }

  /** Whose turn it is; null when nothing can start. */
  function chooseLane(): Lane<Item, Outcome> | null {
    if (countInFlight() >= maxGroupsInFlight) return null;
    const mayBeHeavy = heavy.waiting.size > 0 && heavy.groupsInFlight < Math.max(1, maxGroupsInFlight - 1);
    if (light.waiting.size === 0) return mayBeHeavy ? heavy : null;
    return mayBeHeavy && !wasHeavy ? heavy : light;
  }

  function startGroups(): void {
    startScheduled = false;
    for (let lane = chooseLane(); lane !== null; lane = chooseLane()) {
      wasHeavy = lane === heavy;
      void run(takeGroup(lane), lane);
    }
    if (closed && countInFlight() === 0) idle.resolve();
  }

  async function run(group: readonly Waiting<Item, Outcome>[], lane: Lane<Item, Outcome>): Promise<void> {
    lane.groupsInFlight += 1;
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
    lane.groupsInFlight -= 1;
    startGroups();
  }

  return {
    add: (item) => {
      if (closed) return Promise.reject(new Error('closed: nothing more can be inserted'));
      const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
      const lane = options.weigh(item) > options.maxLightWeight ? heavy : light;
      lane.waiting.add(options.accountOf(item), { item, resolve, reject });
      if (!startScheduled && countInFlight() < maxGroupsInFlight) {
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
