// The statement that lists resources: made for the filters, the order and the place that are asked for, and no others.
import type { ListQuery } from '../../domain/find/ports.ts';
import type { ResourceFilter } from '../../domain/find/resource-filter.ts';
import { type Statement, UNNAMED } from '../database/database.ts';
import { type Bind, isWithin, SORT_COLUMN, toBehind, toConditions } from './list-conditions.ts';
import { isOfTags, toTagConditions, toTaggedIds } from './list-tags.ts';
import { PAGE_COLUMNS, toResourceColumns, toWeighed } from './read-statements.ts';

/** The page is found first, alone; only its rows are joined with their blobs and tags. */
export function createListStatement(query: ListQuery): Statement {
  const values: unknown[] = [];
  const { by, order } = query.sort;
  const column = `resources.${SORT_COLUMN[by]}`;
  const bind = (value: unknown) => `$${values.push(value)}`;
  const account = bind(query.accountId);
  const page = `(
  ${toPage(query, { account, bind })}
)`;
  const text = `
select ${toResourceColumns(account)}, ${PAGE_COLUMNS}
from ${toWeighed(page, { column: SORT_COLUMN[by], order, maxBytes: bind(query.maxBytes) })} as resources join blobs on blobs.account_id = ${account} and blobs.id = resources.blob_id
order by ${column} ${order}, resources.id ${order}`;
  return { name: UNNAMED, text, values };
}

/** `account` is the bind parameter that has the account's id. */
type PageOptions = { readonly account: string; readonly bind: Bind };

/** Where an index has all that is asked for and the order as well, only the page's rows are fetched. */
function toPage(query: ListQuery, { account, bind }: PageOptions): string {
  if (isOfTags(query)) return toRows(toTaggedIds(query, { account, bind }), account);
  const found = toFound(query, { account, bind });
  return isOfDirectory(query.filter) ? toRows(`select id ${found}`, account) : `select * ${found}`;
}

function toRows(ids: string, account: string): string {
  return `select * from resources where account_id = ${account} and id = any(array(${ids}))`;
}

function toFound(query: ListQuery, { account, bind }: PageOptions): string {
  const { accountId, filter, sort, maxCount } = query;
  const conditions = [
    `account_id = ${account}`,
    ...toConditions(filter, { accountId, bind }),
    ...toTagConditions(filter, { account, id: 'id', bind }),
    ...toBehind(query, { id: 'id', bind }),
  ];
  return `from resources where ${conditions.join('\n  and ')}
  order by ${SORT_COLUMN[sort.by]} ${sort.order}, id ${sort.order} limit ${bind(maxCount)}`;
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
