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
