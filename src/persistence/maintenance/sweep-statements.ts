// The statements of the sweep. What it removes, PostgreSQL judges: a row that a create refers to meanwhile stays.
import type { BlobCatalog, BlobRecord, RowKey } from '../../domain/maintenance/ports.ts';
import type { Row, Statement } from '../database/database.ts';

/** Before every row: the first page begins after it. */
const FIRST_KEY: RowKey = { accountId: '', id: '00000000-0000-0000-0000-000000000000' };

/*
 * A page is bounded by the rows looked at, not by those found, so that a statement's time is bounded as well. The
 * scalar subquery keeps the planner at one look into the index for each row. A create that refers to one of the rows
 * after the snapshot was taken makes the delete fail by the foreign key, which sees what is committed by then; one
 * that comes later waits for the lock and then finds the row gone. Either way neither loses anything.
 */
const PAGE = `
with page as materialized (
  select account_id, id, created_at, storage_bucket from blobs
  where (account_id, id) > ($1::text, $2::uuid) order by account_id, id limit $3
), next as (
  select account_id, id from page where (select count(*) from page) = $3 order by account_id desc, id desc limit 1
), unused as materialized (
  select account_id, id from page
  where created_at < $4 and storage_bucket = any($5::text[]) and (
    select true from resources where resources.account_id = page.account_id and resources.blob_id = page.id limit 1
  ) is null
)`;

const COLUMNS = `blobs.account_id, blobs.id, blobs.storage_bucket, blobs.storage_key,
  blobs.size_bytes::text as size_bytes`;

const ANSWER = `select next.account_id as next_account_id, next.id as next_id, found.*
from (select) as one left join next on true left join found on true`;

const FIND_UNREFERENCED = `${PAGE}, found as (
  select ${COLUMNS} from unused cross join lateral (
    select * from blobs where blobs.account_id = unused.account_id and blobs.id = unused.id limit 1
  ) blobs
)
${ANSWER}`;

const REMOVE_UNREFERENCED = `${PAGE}, locked as materialized (
  select row.* from (select * from unused order by account_id, id) unused cross join lateral (
    select account_id, id from blobs where blobs.account_id = unused.account_id and blobs.id = unused.id
    limit 1 for update skip locked
  ) row
), found as (
  delete from blobs using locked where blobs.account_id = locked.account_id and blobs.id = locked.id
  returning ${COLUMNS}
)
${ANSWER}`;

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
    values: [...toStart(after), limit, olderThan.toISOString(), buckets],
  };
}

/** The result of that statement: `next` is in every row, and the only row of a page without a find has no blob. */
export function toUnreferenced(rows: readonly Row[]): Awaited<ReturnType<BlobCatalog['findUnreferenced']>> {
  const [first] = rows;
  const found = rows.filter(({ id }) => id !== null).map(toBlobRecord);
  const isLast = first === undefined || first.next_id === null;
  return {
    found,
    next: isLast ? null : { accountId: first.next_account_id as string, id: first.next_id as string },
  };
}

export function createNamedKeysStatement(keys: readonly string[]): Statement {
  return { name: 'find-named-keys', text: FIND_NAMED, values: [keys] };
}

/** The bind parameters of the place that a page begins after. */
export function toStart(after: RowKey | null): readonly string[] {
  const { accountId, id } = after ?? FIRST_KEY;
  return [accountId, id];
}

export function toRowKey(row: Row): RowKey {
  return { accountId: row.account_id as string, id: row.id as string };
}

export function toBlobRecord(row: Row): BlobRecord {
  const location = { bucket: row.storage_bucket as string, key: row.storage_key as string };
  return { ...toRowKey(row), location, sizeBytes: Number(row.size_bytes) };
}
