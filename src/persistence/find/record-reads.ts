// The records as lists, searches and directories need them.

import type { ListedPage, ListQuery, ResourceReads } from '../../domain/find/ports.ts';
import type { CallOptions } from '../../domain/flow/stream.ts';
import type { Resource } from '../../domain/resource.ts';
import type { Row, Statement } from '../database/database.ts';
import { createCountStatement, toCount } from './count-statement.ts';
import { createListStatement } from './list-statement.ts';
import { createMetadataWalkStatement } from './metadata-walk.ts';
import { createReadDirectoryStatement, toDirectoryContents } from './read-directory-statement.ts';
import { createFindByPathStatement, createFindResourceStatement, toResource } from './read-statements.ts';

/** Runs a statement that changes nothing; waiting ends with the caller's signal. */
type Read = (statement: Statement, options: CallOptions & { readonly accountId: string }) => Promise<readonly Row[]>;

export function createRecordReads(read: Read): ResourceReads {
  return {
    async findById(resource, { signal }) {
      const [row] = await read(createFindResourceStatement(resource), { signal, accountId: resource.accountId });
      return row === undefined ? null : toResource(row);
    },
    async findByPath(place, { signal }) {
      const [row] = await read(createFindByPathStatement(place), { signal, accountId: place.accountId });
      return row === undefined ? null : toResource(row);
    },
    async list(query, { signal }) {
      const call = { signal, accountId: query.accountId };
      // Frequent metadata is found by walking, which is bounded and planned already; anything else is planned for itself.
      const walk = createMetadataWalkStatement(query);
      const walked = walk === null ? [] : await read(walk, call);
      return toListedPage(walked.length > 0 ? walked : await read(createListStatement(query), call), query);
    },
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

/** About what a record weighs besides its metadata and tags. */
const ROW_BYTES = 1_024;

/** What the statement weighs is metadata alone: tags are few and short, and are counted here. */
function toListedPage(rows: readonly Row[], { maxBytes }: ListQuery): ListedPage {
  const resources: Resource[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (resources.length > 0 && bytes >= maxBytes) break;
    const resource = toResource(row);
    resources.push(resource);
    bytes += ROW_BYTES + ((row.metadata as string | null)?.length ?? 0);
    for (const tag of resource.tags) bytes += tag.length;
  }
  return { resources, bytes, isCut: resources.length < ((rows[0]?.page_count ?? 0) as number) };
}
