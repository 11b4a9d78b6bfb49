// Lists are asked for again when something has changed; however much has, only every now and then.
import type { QueryClient } from '@tanstack/react-query';

const PAUSE_MS = 700;
const waiting = new WeakMap<QueryClient, ReturnType<typeof setTimeout>>();

/** Soon, what is on the screen is asked for again, and everything else when it comes there. */
export function refreshLists(queries: QueryClient): void {
  if (waiting.has(queries)) return;
  const timer = setTimeout(() => {
    waiting.delete(queries);
    void refreshNow(queries);
  }, PAUSE_MS);
  waiting.set(queries, timer);
}

/** At once, as whoever has just changed something expects. */
export async function refreshNow(queries: QueryClient): Promise<void> {
  await queries.invalidateQueries({ predicate: ({ queryKey }) => Array.isArray(queryKey[0]) });
}
