// The statements of the trash. It is a table apart, which no other statement reads, but for what needs a blob.
import type { JsonObject } from '../../domain/fields/labels.ts';
import type { ExternalStorageType } from '../../domain/resource.ts';
import type { TrashedPlace, TrashedResource, TrashPosition } from '../../domain/trash/ports.ts';
import { type Row, type Statement, toMsText, UNNAMED } from '../database/database.ts';
import { toResourceDataText } from '../events/event-data.ts';

const IS_LASTING = (ttl: string) => `deleted_at > now() - ${ttl}::float8 * interval '1 millisecond'`;

/** Weighed here, by the text, so that nothing heavier than the page may be is ever fetched. */
const toList = (page: string) => `
select trash.id, name, directory_path, mime_type, original_uri, external_id, external_storage_type, is_cut,
  case when is_cut then null else metadata::text end as metadata,
  array_to_json(tags)::text as tags, created_by, sha256, trash.size_bytes::text as size_bytes, version,
  ${toMsText('trash.created_at')} as created_ms, ${toMsText('updated_at')} as updated_ms, ${toMsText('deleted_at')} as deleted_ms,
  deleted_by, deletion_id, deleted_path
from (
  select *, coalesce(sum(octet_length(metadata::text)) over (
    order by deleted_at desc, id desc rows between unbounded preceding and 1 preceding
  ) >= $4::bigint, false) as is_cut
  from (select * from trash where account_id = $1 and ${IS_LASTING('$2')} and ${page} limit $3) page
) trash join blobs on blobs.account_id = $1 and blobs.id = trash.blob_id
order by deleted_at desc, trash.id desc`;

const LIST = toList('true order by deleted_at desc, id desc');
const LIST_AFTER = toList(
  '(deleted_at, id) < (to_timestamp($5::float8 / 1000)::timestamptz(3), $6::uuid) order by deleted_at desc, id desc',
);
/** All of a deletion has one time, so that its ids are the order: to look for it by time would go past all that went later. */
const LIST_OF_DELETION = toList('deletion_id = $5::uuid order by id desc');
const LIST_OF_DELETION_AFTER = toList('deletion_id = $5::uuid and id < $6::uuid order by id desc');

type ListQuery = {
  readonly accountId: string;
  readonly deletionId: string | null;
  readonly after: TrashPosition | null;
  readonly maxCount: number;
  readonly maxBytes: number;
};

/**
 * Planned for its values: a plan for any takes every account to have as much in the trash as the mean, and where one has most of
 * it would find the others' by walking through that one's.
 */
export function createListTrashStatement(query: ListQuery, { ttlMs }: { ttlMs: number }): Statement {
  const { accountId, deletionId, after, maxCount, maxBytes } = query;
  const values = [accountId, ttlMs, maxCount, maxBytes];
  if (deletionId === null) {
    return after === null
      ? { name: UNNAMED, text: LIST, values }
      : { name: UNNAMED, text: LIST_AFTER, values: [...values, after.deletedMs, after.id] };
  }
  return after === null
    ? { name: UNNAMED, text: LIST_OF_DELETION, values: [...values, deletionId] }
    : { name: UNNAMED, text: LIST_OF_DELETION_AFTER, values: [...values, deletionId, after.id] };
}

/** About what one weighs besides its metadata and tags. */
const ROW_BYTES = 1_024;

/** About what one weighs in an answer. */
export function weighTrashedRow({ metadata, tags }: Row): number {
  return ROW_BYTES + ((metadata as string | null)?.length ?? 0) + (tags as string).length;
}

export function toTrashedResource(
  row: Row,
  { accountId, ttlMs }: { accountId: string; ttlMs: number },
): TrashedResource {
  const deletedMs = row.deleted_ms as number;
  return {
    id: row.id as string,
    accountId,
    name: row.name as string,
    directoryPath: row.directory_path as string,
    mimeType: row.mime_type as string,
    sha256: row.sha256 as string,
    originalUri: row.original_uri as string | null,
    externalId: row.external_id as string | null,
    externalStorageType: row.external_storage_type as ExternalStorageType | null,
    sizeBytes: Number(row.size_bytes),
    tags: JSON.parse(row.tags as string) as string[],
    metadata: row.metadata === null ? null : (JSON.parse(row.metadata as string) as JsonObject),
    createdBy: row.created_by as string | null,
    createdAt: new Date(row.created_ms as number),
    updatedAt: new Date(row.updated_ms as number),
    version: row.version as number,
    deletedAt: new Date(deletedMs),
    deletedBy: row.deleted_by as string | null,
    expiresAt: new Date(deletedMs + ttlMs),
    deletion:
      row.deletion_id === null ? null : { id: row.deletion_id as string, directoryPath: row.deleted_path as string },
  };
}

const PLACE = 'id, directory_path, name, deleted_path';
const FIND = `
select ${PLACE} from trash where account_id = $1 and id = any($2::uuid[]) and ${IS_LASTING('$3')} order by id`;
const FIND_OF_DELETION = `
select ${PLACE} from trash where account_id = $1 and deletion_id = $2::uuid and ${IS_LASTING('$3')}
  and id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000') order by id limit $5`;

export function createFindTrashedStatement(accountId: string, ids: readonly string[], ttlMs: number): Statement {
  return { name: 'find-trashed', text: FIND, values: [accountId, ids, ttlMs] };
}

export function createFindDeletionStatement(
  accountId: string,
  query: { readonly deletionId: string; readonly afterId: string | null; readonly maxCount: number },
  ttlMs: number,
): Statement {
  const values = [accountId, query.deletionId, ttlMs, query.afterId, query.maxCount];
  return { name: UNNAMED, text: FIND_OF_DELETION, values };
}

export function toTrashedPlace(row: Row): TrashedPlace {
  return {
    id: row.id as string,
    directoryPath: row.directory_path as string,
    name: row.name as string,
    deletedPath: row.deleted_path as string | null,
  };
}

const LOCK = `select id from trash where account_id = $1 and id = any($2::uuid[]) order by id for update`;

/** Holds the rows that are to be restored, so that nobody else restores or removes them. */
export function createLockTrashedStatement(accountId: string, ids: readonly string[]): Statement {
  return { name: 'lock-trashed', text: LOCK, values: [accountId, ids] };
}

const PURGED = toResourceDataText('gone', {
  sha256: 'blobs.sha256',
  storageBucket: 'blobs.storage_bucket',
  storageKey: 'blobs.storage_key',
  tags: 'to_json(gone.tags)',
  updatedAt: 'gone.updated_at',
  version: 'gone.version',
});

const toPurge = (chosen: string) => `
with chosen as materialized (${chosen}), gone as (
  delete from trash using chosen where trash.account_id = chosen.account_id and trash.id = chosen.id returning trash.*
), forgotten as (
  delete from resource_versions using gone where resource_versions.account_id = gone.account_id
    and resource_versions.resource_id = gone.id
), told as (
  insert into events (account_id, type, subject, directory_path, data)
  select gone.account_id, 'resource.deleted', gone.id, gone.directory_path, ${PURGED}
  from gone join blobs on blobs.account_id = gone.account_id and blobs.id = gone.blob_id
)
select account_id, count(*)::int as count from gone group by account_id`;

const PURGE = toPurge(`select account_id, id from trash where account_id = $1 and ($2::uuid is null or id = $2::uuid)
  order by account_id, id limit $3 for update`);
const EXPIRE =
  toPurge(`select account_id, id from trash where deleted_at <= now() - $1::float8 * interval '1 millisecond'
  order by deleted_at limit $2 for update skip locked`);

/** Gives a row for each account of which something is gone. */
type PurgedRow = { readonly account_id: string; readonly count: number };

export function createPurgeStatement(query: {
  readonly accountId: string;
  readonly id: string | null;
  readonly maxCount: number;
}): Statement<PurgedRow> {
  return { name: 'purge-trash', text: PURGE, values: [query.accountId, query.id, query.maxCount] };
}

export function createExpireStatement({ ttlMs, limit }: { ttlMs: number; limit: number }): Statement<PurgedRow> {
  return { name: 'expire-trash', text: EXPIRE, values: [ttlMs, limit] };
}
