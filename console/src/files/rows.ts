// The rows of one place: its directories first, by name, and then its files in the order that was chosen.
import { isNotFound } from '../api/failure.ts';
import { useTRPC } from '../api/gateway.ts';
import type { Criteria } from './criteria.ts';
import { type PagedRows, usePagedRows, type Window } from './paged-rows.ts';
import { type Row, toDirectoryRow, toFileRow } from './row.ts';

const PAGE_SIZE = 100;

export type Rows = PagedRows<Row> & {
  /** How many of them are directories, which come first. */
  readonly directoryCount: number;
};

export function useRows(path: string, criteria: Criteria, window: Window): Rows {
  const trpc = useTRPC();
  const directories = usePagedRows(
    {
      page: (cursor) => trpc.resource.directory.queryOptions({ path, limit: PAGE_SIZE, cursor }),
      read: ({ directories, nextCursor }) => ({ items: directories, nextCursor }),
      isEnabled: !criteria.isSearch,
    },
    window,
  );
  // A directory is there while something is in it: one that is not is as good as empty.
  const isMissing = isNotFound(directories.error);
  const hasDirectories = criteria.isSearch || isMissing || directories.isWhole;
  const directoryCount = criteria.isSearch || isMissing ? 0 : directories.count;
  const files = usePagedRows(
    {
      page: (cursor) => trpc.resource.list.queryOptions({ ...criteria.input, limit: PAGE_SIZE, cursor }),
      read: (page) => page,
      isEnabled: hasDirectories,
    },
    { from: Math.max(0, window.from - directoryCount), to: window.to - directoryCount },
  );
  const shown = hasDirectories ? files : directories;
  return {
    count: directoryCount + (hasDirectories ? files.count : 0),
    directoryCount,
    isWhole: hasDirectories && files.isWhole,
    isLoading: shown.isLoading,
    error: isMissing ? files.error : (directories.error ?? files.error),
    rowAt(index) {
      if (index < directoryCount) {
        const directory = directories.rowAt(index);
        return directory && toDirectoryRow(directory);
      }
      const resource = files.rowAt(index - directoryCount);
      return resource && toFileRow(resource);
    },
    async between(from, to, max) {
      const above = from < directoryCount ? await directories.between(from, Math.min(to, directoryCount), max) : [];
      const rows = above.map(toDirectoryRow);
      if (to <= directoryCount) return rows;
      const below = await files.between(Math.max(0, from - directoryCount), to - directoryCount, max - rows.length);
      return [...rows, ...below.map(toFileRow)];
    },
    retry() {
      directories.retry();
      files.retry();
    },
  };
}
