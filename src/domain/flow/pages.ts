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
