// Many items, some at a time.

/** Groups items into pages of `maxItems`, so that a database is asked once for many. */
export async function* inPages<Item>(items: AsyncIterable<Item>, maxItems: number): AsyncGenerator<Item[]> {
  let page: Item[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length < maxItems) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** Does `work` until it has less than `most` at once to do. @returns how much that was in all */
export async function untilFewer(most: number, work: () => Promise<number>): Promise<number> {
  let total = 0;
  for (let done = most; done === most; total += done) done = await work();
  return total;
}

/** A page of a list. */
export type Page<Item> = {
  readonly items: readonly Item[];
  /** Null when nothing follows. */
  readonly nextCursor: string | null;
};

type Paging<Item> = {
  readonly limit: number;
  /** Whether what was found ends early, so that something follows in any case. */
  readonly isCut?: boolean;
  readonly toCursor: (last: Item) => string;
};

/** A page of what was found: one more than its limit says that something follows. */
export function toPage<Item>(found: readonly Item[], { limit, isCut = false, toCursor }: Paging<Item>): Page<Item> {
  const items = found.slice(0, limit);
  const last = isCut || found.length > limit ? items.at(-1) : undefined;
  return { items, nextCursor: last === undefined ? null : toCursor(last) };
}
