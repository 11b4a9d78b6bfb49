// A list that is as long as the gateway has it, of which only the pages on the screen are kept: one cursor leads to the next.
import {
  type FetchQueryOptions,
  type QueryKey,
  type UseQueryOptions,
  type UseQueryResult,
  useQueries,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

export type Page<Row> = { readonly items: readonly Row[]; readonly nextCursor: string | null };

/** The first row that is shown and the row behind the last. */
export type Window = { readonly from: number; readonly to: number };

type Start = { readonly cursor: string | null; readonly row: number };

export type PagedRows<Row> = {
  /** How many rows to make room for; more than this when `isWhole` is false. */
  readonly count: number;
  /** Whether the end is known. */
  readonly isWhole: boolean;
  readonly isLoading: boolean;
  readonly error: unknown;
  /** undefined while it is being fetched. */
  rowAt(index: number): Row | undefined;
  /** Rows from one place to another, fetched where they are not there; at most `max` of them. */
  between(from: number, to: number, max: number): Promise<Row[]>;
  retry(): void;
};

/** How a list is asked for. It must be of the same list for as long as the component lives. */
export type Source<Row, Data, Failure, Key extends QueryKey> = {
  /** The page behind a cursor; null: the first. */
  page(cursor: string | null): UseQueryOptions<Data, Failure, Data, Key>;
  read(answer: Data): Page<Row>;
  /** false: not to be asked for yet. */
  readonly isEnabled: boolean;
};

/** What was scrolled past is there for as long, for whoever turns back at once; scrolling fast must not fill the memory. */
const KEEP_MS = 5_000;
const FIRST: readonly Start[] = [{ cursor: null, row: 0 }];

/** @param window what is on the screen: its pages are fetched, and the one behind them */
export function usePagedRows<Row, Data, Failure, Key extends QueryKey>(
  source: Source<Row, Data, Failure, Key>,
  window: Window,
): PagedRows<Row> {
  const { isEnabled } = source;
  const [starts, setStarts] = useState(FIRST);
  const [end, setEnd] = useState<number | null>(null);
  const longest = useRef(0);
  const client = useQueryClient();

  const last = starts.length - 1;
  const wanted = starts.flatMap(({ row }, page) => {
    const next = starts[page + 1]?.row ?? Number.POSITIVE_INFINITY;
    return page === last ? (window.to >= row ? [page] : []) : row < window.to && next > window.from ? [page] : [];
  });
  const results = useQueries({
    queries: wanted.map((page) => ({
      ...source.page((starts[page] as Start).cursor),
      enabled: isEnabled,
      gcTime: KEEP_MS,
    })),
  }) as UseQueryResult<Data, Failure>[];
  const loaded = new Map(
    wanted.flatMap((page, i) => {
      const data = results[i]?.data;
      return data === undefined ? [] : [[page, source.read(data)] as const];
    }),
  );

  useEffect(() => {
    for (const [page, data] of loaded) {
      const start = starts[page];
      if (start === undefined) continue;
      const row = start.row + data.items.length;
      const next = starts[page + 1];
      if (data.nextCursor === null) {
        if (next !== undefined) setStarts(starts.slice(0, page + 1));
        if (end !== row) setEnd(row);
        return;
      }
      if (next?.cursor === data.nextCursor && next.row === row) continue;
      // What follows begins elsewhere now: its pages are asked for anew as they come into sight.
      setStarts([...starts.slice(0, page + 1), { cursor: data.nextCursor, row }]);
      setEnd(null);
      return;
    }
  });

  const known = end ?? (starts[last] as Start).row;
  if (end !== null) longest.current = end;
  else longest.current = Math.max(longest.current, known);
  const failed = results.find((result) => result.error !== null);

  return {
    count: end ?? longest.current,
    isWhole: end !== null,
    isLoading: isEnabled && (results.some(({ isLoading }) => isLoading) || end === null),
    error: failed?.error ?? null,
    rowAt(index) {
      const page = starts.findLastIndex(({ row }) => row <= index);
      return loaded.get(page)?.items[index - (starts[page] as Start).row];
    },
    async between(from, to, max) {
      const rows: Row[] = [];
      let { cursor, row } = starts.findLast((start) => start.row <= from) as Start;
      while (row < to && rows.length < max) {
        const options = source.page(cursor) as FetchQueryOptions<Data, Failure, Data, Key>;
        const { items, nextCursor }: Page<Row> = source.read(await client.fetchQuery(options));
        rows.push(...items.slice(Math.max(0, from - row), to - row));
        if (nextCursor === null) break;
        row += items.length;
        cursor = nextCursor;
      }
      return rows.slice(0, max);
    },
    retry: () => void failed?.refetch(),
  };
}
