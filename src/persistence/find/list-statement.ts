// The statements that list resources: one of four ways to find a page, each made for what is asked for and nothing else.
import type { AliasableExpression } from 'kysely';
import type { ListQuery } from '../../domain/find/ports.ts';
import type { ResourceFilter } from '../../domain/find/resource-filter.ts';
import type { Statement } from '../database/database.ts';
import { type Tables, toStatement } from '../database/typed-sql.ts';
import { isWithin, SORT_COLUMN, selectFitting, toAfter } from './list-conditions.ts';
import { type ListedRow, selectPage } from './list-page.ts';
import { isOfTags, selectTaggedIds } from './list-tags.ts';
import { createMetadataScanStatement } from './metadata-scan.ts';
import { createPlainListStatement, createSmallDirectoryStatement, fetchRows } from './plain-lists.ts';

/** With fewer rows than `minRows` it has not found the page. */
type ListStatement = { readonly statement: Statement<ListedRow>; readonly minRows: number };

/**
 * To be run one after the other until one finds the page, which the last always does. Frequent metadata is found by a scan
 * in order, and a small directory by reading all of it: both are bounded, and planned already. What they do not find, and
 * anything else, is planned for itself.
 */
export function* eachListStatement(query: ListQuery): Generator<ListStatement> {
  const scan = createMetadataScanStatement(query);
  if (scan !== null) yield { statement: scan, minRows: query.maxCount };
  const small = createSmallDirectoryStatement(query);
  if (small !== null) yield { statement: small, minRows: 1 };
  yield { statement: createListStatement(query), minRows: 0 };
}

export function createListStatement(query: ListQuery): Statement<ListedRow> {
  return createPlainListStatement(query) ?? toStatement(selectPage(findPage(query), query));
}

/** Where an index has all that is asked for and the order as well, only the page's rows are fetched. */
function findPage(query: ListQuery): AliasableExpression<Tables['resources']> {
  if (isOfTags(query)) return fetchRows(selectTaggedIds(query), query.accountId);
  if (isOfDirectory(query.filter)) return fetchRows(selectInOrder(query).select('id'), query.accountId);
  return selectInOrder(query).selectAll();
}

function selectInOrder(query: ListQuery) {
  const { sort, maxCount } = query;
  return selectFitting(query)
    .where(({ and, ref }) => and(toAfter(query, ref('id'))))
    .orderBy(SORT_COLUMN[sort.by], sort.order)
    .orderBy('id', sort.order)
    .limit(maxCount);
}

/** What the unique index has, beside the path and the id. */
const OF_DIRECTORY = {
  directoryPath: true,
  recursive: true,
  namePrefix: true,
  minSizeBytes: true,
  maxSizeBytes: true,
  createdFrom: true,
  createdBefore: true,
} as const;

function isOfDirectory(filter: ResourceFilter): boolean {
  const isEverywhere =
    filter.directoryPath === undefined || (filter.directoryPath === '/' && filter.recursive === true);
  return !isEverywhere && isWithin(filter, OF_DIRECTORY);
}
