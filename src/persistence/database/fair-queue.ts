// A queue in which accounts take turns: what one account has waiting never stands before all that another has.

export type FairQueue<Item> = {
  readonly size: number;
  /** How many of them are this account's. */
  countOf(accountId: string): number;
  add(accountId: string, item: Item): void;
  /** The item whose turn it is. */
  first(): Item | undefined;
  /** Takes that one; the next turn is another account's, if any other waits. */
  take(): Item | undefined;
  /** Takes one out of its turn; harmless when it is not there. */
  remove(accountId: string, item: Item): void;
};

/** An empty one. The items of one account keep their order. */
export function createFairQueue<Item>(): FairQueue<Item> {
  /** In the order of turns. A set keeps its order, and gives up its first, or any other, without moving the rest. */
  const accounts = new Map<string, Set<Item>>();
  let size = 0;
  const current = () => accounts.entries().next().value;
  return {
    get size() {
      return size;
    },
    countOf: (accountId) => accounts.get(accountId)?.size ?? 0,
    add(accountId, item) {
      size += 1;
      const waiting = accounts.get(accountId);
      if (waiting === undefined) accounts.set(accountId, new Set([item]));
      else waiting.add(item);
    },
    first: () => current()?.[1].values().next().value,
    take() {
      const [accountId, waiting] = current() ?? [];
      if (accountId === undefined || waiting === undefined) return undefined;
      const item = waiting.values().next().value as Item;
      waiting.delete(item);
      size -= 1;
      accounts.delete(accountId);
      if (waiting.size > 0) accounts.set(accountId, waiting);
      return item;
    },
    remove(accountId, item) {
      const waiting = accounts.get(accountId);
      if (waiting?.delete(item) !== true) return;
      size -= 1;
      if (waiting.size === 0) accounts.delete(accountId);
    },
  };
}
