// What of a page of a list is sent: as many of its rows as weigh no more than asked for, with their blobs and tags.
import { type AliasableExpression, sql } from 'kysely';
import type { ResourceSort } from '../../domain/find/resource-sort.ts';
import { db, type Operand, type Tables } from '../database/typed-sql.ts';
import { SORT_COLUMN } from './list-conditions.ts';
import { type ResourceRow, toResourceColumns } from './read-statements.ts';

/** One of a page; what is cut off is not shown, and has no metadata here. */
export type ListedRow = ResourceRow & { readonly is_cut: boolean };

type PageOptions = {
  readonly accountId: Operand<string>;
  readonly sort: ResourceSort;
  readonly maxBytes: Operand<number>;
};

/**
 * Lengths are those of the text, since what is stored may be compressed, and are judged here, so that nothing heavier is ever
 * fetched.
 */
export function selectPage(
  page: AliasableExpression<Tables['resources']>,
  { accountId, sort: { by, order }, maxBytes }: PageOptions,
) {
  const inOrder = sql`${sql.ref(SORT_COLUMN[by])} ${sql.raw(order)}, ${sql.ref('id')} ${sql.raw(order)}`;
  const weighed = db
    .selectFrom(page.as('page'))
    .selectAll()
    .select(({ ref }) =>
      sql<number | null>`sum(octet_length(${ref('page.metadata')}::text)) over (
        order by ${inOrder} rows between unbounded preceding and 1 preceding
      )`.as('bytes_before'),
    );
  const isCut = sql<boolean>`coalesce(resources.bytes_before >= ${maxBytes}, false)`;
  return db
    .selectFrom(weighed.as('resources'))
    .innerJoin('blobs', (join) =>
      join.on('blobs.account_id', '=', accountId).onRef('blobs.id', '=', 'resources.blob_id'),
    )
    .select(toResourceColumns(accountId, sql`case when ${isCut} then null else resources.metadata::text end`))
    .select(isCut.as('is_cut'))
    .orderBy(`resources.${SORT_COLUMN[by]}`, order)
    .orderBy('resources.id', order);
}
