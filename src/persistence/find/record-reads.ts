// The records as lists, searches and directories need them.

import type { ListedPage, ListQuery, ResourceReads } from '../../domain/find/ports.ts';
import type { CallOptions } from '../../domain/flow/stream.ts';
import type { Resource } from '../../domain/resource.ts';
import type { Statement } from '../database/database.ts';
import { createCountStatement, toCount } from './count-statement.ts';
import type { ListedRow } from './list-page.ts';
import { eachListStatement } from './list-statement.ts';
import { createReadDirectoryStatement, toDirectoryContents } from './read-directory-statement.ts';
import { toResource } from './read-statements.ts';
import { createSameReads } from './same-reads.ts';

/** Runs a statement that changes nothing; waiting ends with the caller's signal. */
type Read = <Result>(
  statement: Statement<Result>,
  options: CallOptions & { readonly accountId: string },
) => Promise<readonly Result[]>;

export function createRecordReads(read: Read): Omit<ResourceReads, 'findById' | 'findByPath'> {
  async function readPage(query: ListQuery, { signal }: CallOptions): Promise<ListedPage> {
    for (const { statement, minRows } of eachListStatement(query)) {
      const rows = await read(statement, { signal, accountId: query.accountId });
      if (rows.length >= minRows) return toListedPage(rows, query);
    }
    throw new Error('no statement gives this page');
  }
  // A page that many look at, the first one of a directory perhaps, is read for all of them.
  const pages = createSameReads({ spell: JSON.stringify, run: readPage, maxInFlight: MAX_SAME_PAGES });

  return {
    list: pages.read,
    async count(query, { signal }) {
      return toCount(await read(createCountStatement(query), { signal, accountId: query.accountId }));
    },
    async readDirectory(query, { signal }) {
      return toDirectoryContents(
        await read(createReadDirectoryStatement(query), { signal, accountId: query.accountId }),
      );
    },
  };
}

/** One that is under way must not keep the next from beginning at once. */
const MAX_SAME_PAGES = 2;

/** About what a record weighs besides its metadata and tags. */
const ROW_BYTES = 1_024;

/** What the statement weighs is metadata alone: tags are few and short, and are counted here. */
function toListedPage(rows: readonly ListedRow[], { maxBytes }: ListQuery): ListedPage {
  const resources: Resource[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (row.is_cut || (resources.length > 0 && bytes >= maxBytes)) break;
    const resource = toResource(row);
    resources.push(resource);
    bytes += ROW_BYTES + (row.metadata?.length ?? 0);
    for (const tag of resource.tags) bytes += tag.length;
  }
  return { resources, bytes, isCut: resources.length < rows.length };
}
