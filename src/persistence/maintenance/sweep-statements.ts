// The statements of the sweep. What it removes, PostgreSQL judges: a row that a create refers to meanwhile stays.
import type { BlobCatalog, BlobRecord } from '../../domain/maintenance/ports.ts';
import type { Row, Statement } from '../database/database.ts';

/** Before every id: the first page begins after it. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/*
 * A page is bounded by the rows looked at, not by those found, so that a statement's time is bounded as well. The
 * scalar subquery keeps the planner at one look into the index for each row. A create that refers to one of the rows
 * after the snapshot was taken makes the delete fail by the foreign key, which sees what is committed by then; one
 * that comes later waits for the lock and then finds the row gone. Either way neither loses anything.
 */
const PAGE = `
with page as materialized (
  select id, created_at, storage_bucket from blobs where id > $1 order by id limit $2
), unused as materialized (
  select id from page
  where created_at < $3 and storage_bucket = any($4::text[])
    and (select true from resources where resources.blob_id = page.id limit 1) is null
)`;

const LAST = `case when (select count(*) from page) = $2 then (select id from page order by id desc limit 1) end`;

const COLUMNS = `storage_bucket, storage_key, size_bytes::text as size_bytes`;

const FIND_UNREFERENCED = `${PAGE}, found as (
  select blobs.id, ${COLUMNS} from blobs where id = any(array(select id from unused))
)
select ${LAST} as next, found.* from (select) as one left join found on true`;

const REMOVE_UNREFERENCED = `${PAGE}, locked as materialized (
  select id from blobs where id = any(array(select id from unused)) order by id for update skip locked
), found as (
  delete from blobs where id = any(array(select id from locked)) returning id, ${COLUMNS}
)
select ${LAST} as next, found.* from (select) as one left join found on true`;

/** An upload's content lies under its key from when it is whole until a blob has taken it. */
const FIND_NAMED = `
select storage_key from blobs where storage_key = any($1::text[]) and content is null
union
select storage_key from uploads where storage_key = any($1::text[]) and state in ('open', 'complete')`;

export function createUnreferencedStatement(page: Parameters<BlobCatalog['findUnreferenced']>[0]): Statement {
  const { after, limit, olderThan, buckets, remove } = page;
  return {
    name: remove ? 'remove-unreferenced' : 'find-unreferenced',
    text: remove ? REMOVE_UNREFERENCED : FIND_UNREFERENCED,
    values: [after ?? FIRST_ID, limit, olderThan.toISOString(), buckets],
  };
}

/** The result of that statement: `next` is in every row, and the only row of a page without a find has no blob. */
export function toUnreferenced(rows: readonly Row[]): Awaited<ReturnType<BlobCatalog['findUnreferenced']>> {
  const found = rows.filter(({ id }) => id !== null).map(toBlobRecord);
  return { found, next: (rows[0]?.next ?? null) as string | null };
}

export function createNamedKeysStatement(keys: readonly string[]): Statement {
  return { name: 'find-named-keys', text: FIND_NAMED, values: [keys] };
}

export function toBlobRecord(row: Row): BlobRecord {
  const location = { bucket: row.storage_bucket as string, key: row.storage_key as string };
  return { id: row.id as string, location, sizeBytes: Number(row.size_bytes) };
}
