// A queue in which accounts take turns: what one account has waiting never stands before all that another has.

export type Turns<Item> = {
  readonly size: number;
  add(accountId: string, item: Item): void;
  /** The item whose turn it is. */
  first(): Item | undefined;
  /** Takes that one; the next turn is another account's, if any other waits. */
  take(): Item | undefined;
};

/** An empty one. The items of one account keep their order. */
export function createTurns<Item>(): Turns<Item> {
  /** In the order of turns. Each list is taken from at `next`: shifting a long array would move all of it. */
  const accounts = new Map<string, { items: Item[]; next: number }>();
  let size = 0;
  const current = () => accounts.entries().next().value;
  return {
    get size() {
      return size;
    },
    add(accountId, item) {
      size += 1;
      const queue = accounts.get(accountId);
      if (queue === undefined) accounts.set(accountId, { items: [item], next: 0 });
      else queue.items.push(item);
    },
    first() {
      const queue = current()?.[1];
      return queue?.items[queue.next];
    },
    take() {
      const entry = current();
      if (entry === undefined) return undefined;
      const [accountId, queue] = entry;
      const item = queue.items[queue.next];
      queue.next += 1;
      size -= 1;
      accounts.delete(accountId);
      const left = queue.items.length - queue.next;
      if (left > 0)
        accounts.set(accountId, queue.next > left ? { items: queue.items.slice(queue.next), next: 0 } : queue);
      return item;
    },
  };
}
