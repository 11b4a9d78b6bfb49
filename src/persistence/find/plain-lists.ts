// The lists that are asked for most: everything, or one directory. Their statements are written once, and not for each page.
import { type Expression, sql } from 'kysely';
import { DEFAULT_PAGE_SIZE } from '../../domain/find/list-resources.ts';
import type { ListQuery } from '../../domain/find/ports.ts';
import type { ResourceSort } from '../../domain/find/resource-sort.ts';
import { type Statement, UNNAMED } from '../database/database.ts';
import { type Bound, db, type Operand, prepare } from '../database/typed-sql.ts';
import { isAfterPlace, isWithin, type Place, SORT_COLUMN, toPlace } from './list-conditions.ts';
import { type ListedRow, selectPage } from './list-page.ts';

/** What a page of the usual size asks for. */
const USUAL_COUNT = DEFAULT_PAGE_SIZE + 1;

type Plain = Pick<ListQuery, 'accountId' | 'maxCount' | 'maxBytes'> & Place & { readonly directoryPath: string };
type Kind = {
  readonly sort: ResourceSort;
  readonly isAfter: boolean;
  readonly isOfDirectory: boolean;
  /** Of the usual size. */
  readonly isUsual: boolean;
};

/**
 * Planned once as well where one plan is the best for every account: an index has the order, and the limit is known. Of a
 * directory the best depends on how much of the account lies in it.
 */
function preparePlainList({ sort, isAfter, isOfDirectory, isUsual }: Kind): (input: Plain) => Statement<ListedRow> {
  const { by, order } = sort;
  const name = isUsual && !isOfDirectory ? `list-by-${by}-${order}${isAfter ? '-after' : ''}` : UNNAMED;
  return prepare(name, ({ accountId, directoryPath, maxCount, maxBytes, afterKey, afterId }: Bound<Plain>) => {
    const inOrder = db
      .selectFrom('resources')
      .where('account_id', '=', accountId)
      .$if(isOfDirectory, (rows) => rows.where('directory_path', '=', directoryPath))
      .$if(isAfter, (rows) => rows.where(isAfterPlace(sort, { afterKey, afterId })))
      .orderBy(SORT_COLUMN[by], order)
      .orderBy('id', order)
      .limit(isUsual ? sql.lit(USUAL_COUNT) : maxCount);
    const page = isOfDirectory ? fetchRows(inOrder.select('id'), accountId) : inOrder.selectAll();
    return selectPage(page, { accountId, sort, maxBytes });
  });
}

/** The rows of a page whose ids an index has, in order: only they are fetched. */
export function fetchRows(ids: Expression<unknown>, accountId: Operand<string>) {
  return db
    .selectFrom('resources')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', sql<string>`any(array(${ids}))`);
}

/** A directory with more is left to a statement that is planned for it. */
const MAX_SMALL_ENTRIES = 1_000;

type SmallKind = Pick<Kind, 'sort' | 'isAfter'>;

/**
 * Planned once for every directory, which is why it reads a bounded part of it, by the one index that has a directory in the
 * order of names. It gives nothing when there is more; looking for the first that is too many is cheaper than to keep all in
 * order to count them.
 */
function prepareSmallDirectory({ sort, isAfter }: SmallKind): (input: Plain) => Statement<ListedRow> {
  const { by, order } = sort;
  const name = `list-directory-by-${by}-${order}${isAfter ? '-after' : ''}`;
  return prepare(name, ({ accountId, directoryPath, maxCount, maxBytes, afterKey, afterId }: Bound<Plain>) => {
    const inDirectory = db
      .selectFrom('resources')
      .where('account_id', '=', accountId)
      .where('directory_path', '=', directoryPath)
      .orderBy('name');
    const entries = inDirectory
      .select(['id', 'name', 'size_bytes', 'created_at'])
      .limit(sql.lit(MAX_SMALL_ENTRIES))
      .as('entries');
    const ids = db
      .selectFrom(entries)
      .select('id')
      .where(({ not, exists }) => not(exists(inDirectory.offset(sql.lit(MAX_SMALL_ENTRIES)).limit(sql.lit(1)))))
      .$if(isAfter, (rows) => rows.where(isAfterPlace(sort, { afterKey, afterId })))
      .orderBy(SORT_COLUMN[by], order)
      .orderBy('id', order)
      .limit(maxCount);
    return selectPage(fetchRows(ids, accountId), { accountId, sort, maxBytes });
  });
}

const smallDirectories = new Map<string, (input: Plain) => Statement<ListedRow>>();

/** Null when anything else is asked for than one directory. Unless it gives a row it has not found the page. */
export function createSmallDirectoryStatement(query: ListQuery): Statement<ListedRow> | null {
  const { accountId, filter, sort, after, maxCount, maxBytes } = query;
  const { directoryPath, recursive = false } = filter;
  if (directoryPath === undefined || recursive) return null;
  if (!isWithin(filter, { directoryPath: true, recursive: true })) return null;
  const spelled = `${sort.by} ${sort.order} ${after === null}`;
  const prepared = smallDirectories.get(spelled) ?? prepareSmallDirectory({ sort, isAfter: after !== null });
  smallDirectories.set(spelled, prepared);
  return prepared({ accountId, directoryPath, maxCount, maxBytes, ...toPlace(query) });
}

const kinds = new Map<string, (input: Plain) => Statement<ListedRow>>();

/** Null when anything else is asked for. */
export function createPlainListStatement(query: ListQuery): Statement<ListedRow> | null {
  const { accountId, filter, sort, after, maxCount, maxBytes } = query;
  const { directoryPath = null, recursive = false } = filter;
  if (recursive || !isWithin(filter, { directoryPath: true, recursive: true })) return null;
  const kind = {
    sort,
    isAfter: after !== null,
    isOfDirectory: directoryPath !== null,
    isUsual: maxCount === USUAL_COUNT,
  };
  const spelled = `${sort.by} ${sort.order} ${kind.isAfter} ${kind.isOfDirectory} ${kind.isUsual}`;
  const prepared = kinds.get(spelled) ?? preparePlainList(kind);
  kinds.set(spelled, prepared);
  return prepared({ accountId, directoryPath: directoryPath ?? '', maxCount, maxBytes, ...toPlace(query) });
}
