// The statements of the sweep. What it removes, PostgreSQL judges: a row that a create refers to meanwhile stays.
import { expressionBuilder, sql } from 'kysely';
import type { BlobCatalog, BlobRecord, PageOptions, RowKey } from '../../domain/maintenance/ports.ts';
import type { RowOf } from '../database/database.ts';
import { type Bound, db, prepare, type Tables } from '../database/typed-sql.ts';
import { toBlobLocation, toDigits } from '../find/read-statements.ts';

type Page = {
  readonly afterAccount: string;
  readonly afterId: string;
  readonly limit: number;
  readonly olderThan: Date;
  readonly buckets: readonly string[];
};

/** The tables whose rows need a blob. */
const BLOB_HOLDERS = ['resources', 'resource_versions', 'trash'] as const;

/*
 * A page is bounded by the rows looked at, not by those found, so that a statement's time is bounded as well. Laterals and
 * scalar subqueries with a limit keep the planner at one look into the index for each row.
 */
function withPage({ afterAccount, afterId, limit, olderThan, buckets }: Bound<Page>) {
  return db
    .with(
      (cte) => cte('page').materialized(),
      (cte) =>
        cte
          .selectFrom('blobs')
          .select(['account_id', 'id', 'created_at', 'storage_bucket', 'storage_key', 'size_bytes'])
          .where(({ eb, refTuple, tuple }) => eb(refTuple('account_id', 'id'), '>', tuple(afterAccount, afterId)))
          .orderBy('account_id')
          .orderBy('id')
          .limit(limit),
    )
    .with('next', (cte) =>
      cte
        .selectFrom('page')
        .select(['account_id', 'id'])
        .where(({ eb, fn, selectFrom }) => eb(selectFrom('page').select(fn.countAll<number>().as('count')), '=', limit))
        .orderBy('account_id', 'desc')
        .orderBy('id', 'desc')
        .limit(1),
    )
    .with(
      (cte) => cte('unused').materialized(),
      (cte) =>
        cte
          .selectFrom('page')
          .selectAll()
          .where('created_at', '<', olderThan)
          .where('storage_bucket', '=', sql<string>`any(${buckets}::text[])`)
          .where(({ and, eb, lit, selectFrom }) => {
            const uses = BLOB_HOLDERS.map((table) =>
              selectFrom(table)
                .select(lit(true).as('is_used'))
                .whereRef(`${table}.account_id`, '=', 'page.account_id')
                .whereRef(`${table}.blob_id`, '=', 'page.id')
                .limit(1),
            );
            return and(uses.map((use) => eb(use, 'is', null)));
          }),
    );
}

/** The next page's beginning is in every row, and the only row of a page without a find has no blob. */
const ANSWER = [
  'next.account_id as next_account_id',
  'next.id as next_id',
  'found.account_id',
  'found.id',
  'found.storage_bucket',
  'found.storage_key',
  toDigits(expressionBuilder<{ found: Tables['blobs'] }, 'found'>().ref('found.size_bytes')).as('size_bytes'),
] as const;
const ONE_ROW = sql`(select)`.as('one');

const findUnreferenced = prepare('find-unreferenced', (page: Bound<Page>) =>
  withPage(page)
    .selectFrom(ONE_ROW)
    .leftJoin('next', (join) => join.onTrue())
    .leftJoin('unused as found', (join) => join.onTrue())
    .select(ANSWER),
);

/*
 * A create that refers to one of the rows after the snapshot was taken makes the delete fail by the foreign key, which sees
 * what is committed by then; one that comes later waits for the lock and then finds the row gone. Either way neither loses
 * anything.
 */
const removeUnreferenced = prepare('remove-unreferenced', (page: Bound<Page>) =>
  withPage(page)
    .with(
      (cte) => cte('locked').materialized(),
      (cte) =>
        cte
          .selectFrom(({ selectFrom }) =>
            selectFrom('unused').selectAll().orderBy('account_id').orderBy('id').as('unused'),
          )
          .innerJoinLateral(
            ({ selectFrom }) =>
              selectFrom('blobs')
                .select(['blobs.account_id', 'blobs.id'])
                .whereRef('blobs.account_id', '=', 'unused.account_id')
                .whereRef('blobs.id', '=', 'unused.id')
                .limit(1)
                .forUpdate()
                .skipLocked()
                .as('row'),
            (join) => join.onTrue(),
          )
          .selectAll('row'),
    )
    .with('found', (cte) =>
      cte
        .deleteFrom('blobs')
        .using('locked')
        .whereRef('blobs.account_id', '=', 'locked.account_id')
        .whereRef('blobs.id', '=', 'locked.id')
        .returning(['blobs.account_id', 'blobs.id', 'blobs.storage_bucket', 'blobs.storage_key', 'blobs.size_bytes']),
    )
    .selectFrom(ONE_ROW)
    .leftJoin('next', (join) => join.onTrue())
    .leftJoin('found', (join) => join.onTrue())
    .select(ANSWER),
);

export function createUnreferencedStatement(page: Parameters<BlobCatalog['findUnreferenced']>[0]) {
  return (page.remove ? removeUnreferenced : findUnreferenced)({ ...page, ...toStart(page) });
}

export function toUnreferenced(
  rows: readonly RowOf<typeof createUnreferencedStatement>[],
): Awaited<ReturnType<BlobCatalog['findUnreferenced']>> {
  const { next_account_id: accountId = null, next_id: id = null } = rows[0] ?? {};
  return {
    found: rows.filter(isFound).map(toBlobRecord),
    next: accountId === null || id === null ? null : { accountId, id },
  };
}

/** An upload's content lies under its key from when it is whole until a blob has taken it. */
export const createNamedKeysStatement = prepare('find-named-keys', ({ keys }: Bound<{ keys: readonly string[] }>) =>
  db
    .selectFrom('blobs')
    .select('storage_key')
    .where('storage_key', '=', sql<string>`any(${keys}::text[])`)
    .where('content', 'is', null)
    .union(
      db
        .selectFrom('uploads')
        .select('storage_key')
        .where('storage_key', '=', sql<string>`any(${keys}::text[])`)
        .where('state', 'in', ['open', 'complete']),
    ),
);

/** The place that a page begins after; before every row at first. */
export function toStart({ after }: PageOptions): { readonly afterAccount: string; readonly afterId: string } {
  return { afterAccount: after?.accountId ?? '', afterId: after?.id ?? '00000000-0000-0000-0000-000000000000' };
}

export function toRowKey(row: { readonly account_id: string; readonly id: string }): RowKey {
  return { accountId: row.account_id, id: row.id };
}

type BlobRow = {
  readonly account_id: string;
  readonly id: string;
  readonly storage_bucket: string;
  readonly storage_key: string;
  readonly size_bytes: string;
};

const isFound = <Row extends { readonly [Column in keyof BlobRow]: BlobRow[Column] | null }>(
  row: Row,
): row is Row & BlobRow => row.id !== null;

export function toBlobRecord(row: BlobRow): BlobRecord {
  return { ...toRowKey(row), location: toBlobLocation(row), sizeBytes: Number(row.size_bytes) };
}
