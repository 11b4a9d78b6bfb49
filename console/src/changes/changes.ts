// What can be done to files and directories, each by one call of the API, and what comes of it on the screen.
import { useQueryClient } from '@tanstack/react-query';
import { useTRPCClient } from '../api/gateway.ts';
import { refreshNow } from '../api/refresh.ts';
import type { Row } from '../files/row.ts';
import { joinPath } from '../place.ts';
import { runEach } from './run-each.ts';

/** The gateway deletes so many by one call. */
const MAX_DELETED = 100;

export type Changes = {
  rename(row: Row, name: string): Promise<void>;
  /** Into this directory, directories with all that is in them. */
  moveTo(rows: readonly Row[], directoryPath: string): Promise<void>;
  remove(rows: readonly Row[]): Promise<void>;
  /** Adds some tags and takes others away, of files alone. */
  tag(
    rows: readonly Row[],
    change: { readonly added: readonly string[]; readonly removed: readonly string[] },
  ): Promise<void>;
};

export function useChanges(): Changes {
  const client = useTRPCClient();
  const queries = useQueryClient();
  const andRefresh = async (work: Promise<unknown>) => {
    await work.finally(() => refreshNow(queries));
  };
  return {
    // A failure is told by the dialog that asked for the name.
    rename: (row, name) =>
      andRefresh(
        row.kind === 'file'
          ? client.resource.update.mutate({ id: row.resource.id, name, ifMatch: row.resource.updatedAt })
          : client.resource.moveDirectory.mutate({
              from: row.directory.path,
              to: joinPath(row.directory.path.slice(0, row.directory.path.lastIndexOf('/')) || '/', name),
            }),
      ),
    moveTo: (rows, directoryPath) =>
      andRefresh(
        runEach(
          rows,
          (row) =>
            row.kind === 'file'
              ? client.resource.update.mutate({ id: row.resource.id, directoryPath })
              : client.resource.moveDirectory.mutate({
                  from: row.directory.path,
                  to: joinPath(directoryPath, row.directory.name),
                }),
          'Moved',
        ),
      ),
    remove(rows) {
      const ids = rows.flatMap((row) => (row.kind === 'file' ? [row.resource.id] : []));
      const batches: (() => Promise<unknown>)[] = [];
      for (let from = 0; from < ids.length; from += MAX_DELETED) {
        batches.push(() => client.resource.deleteMany.mutate({ ids: ids.slice(from, from + MAX_DELETED) }));
      }
      for (const row of rows) {
        if (row.kind === 'directory') {
          batches.push(() => client.resource.deleteDirectory.mutate({ path: row.directory.path }));
        }
      }
      return andRefresh(Promise.all(batches.map((batch) => batch())));
    },
    tag: (rows, { added, removed }) =>
      andRefresh(
        runEach(
          rows.filter((row) => row.kind === 'file'),
          ({ resource }) => {
            const kept = resource.tags.filter((tag) => !removed.includes(tag));
            const tags = [...new Set([...kept, ...added])];
            return client.resource.update.mutate({ id: resource.id, tags, ifMatch: resource.updatedAt });
          },
          'Tagged',
        ),
      ),
  };
}
