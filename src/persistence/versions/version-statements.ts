// The statements of versions. The current one is the resource's own row; earlier ones have rows of their own.
import type { StoredContent } from '../../domain/download/ports.ts';
import type { Quotas } from '../../domain/usage/ports.ts';
import type { ResourceId, Version, VersionId } from '../../domain/versions/ports.ts';
import { type Row, type Statement, toMsText } from '../database/database.ts';
import { toResourceDataText } from '../events/event-data.ts';

/** What both a resource and an earlier version of it say of a content. */
const CONTENT = `blob_id, mime_type, original_uri, external_id, external_storage_type`;

/** The versions of one resource, $1 and $2, that is not in the trash. */
const VERSIONS = `
  select version as number, ${CONTENT}, coalesce(replaced_at, created_at) as created_at,
    case when replaced_at is null then created_by else replaced_by end as created_by, null::timestamptz as replaced_at
  from resources where account_id = $1 and id = $2::uuid
  union all
  select number, ${CONTENT}, created_at, created_by, replaced_at
  from resource_versions where account_id = $1 and resource_id = $2::uuid
    and exists (select from resources where account_id = $1 and id = $2::uuid)`;

const LIST = `
select number, mime_type, original_uri, versions.created_by, sha256, blobs.size_bytes::text as size_bytes,
  ${toMsText('versions.created_at')} as created_ms, ${toMsText('versions.replaced_at')} as replaced_ms
from (
  select * from (${VERSIONS}) as all_versions where $3::int is null or number < $3::int order by number desc limit $4
) as versions join blobs on blobs.account_id = $1 and blobs.id = versions.blob_id
order by number desc`;

export function createListVersionsStatement(
  query: ResourceId & { readonly before: number | null; readonly maxCount: number },
): Statement {
  return { name: 'list-versions', text: LIST, values: [query.accountId, query.id, query.before, query.maxCount] };
}

export function toVersion(row: Row): Version {
  return {
    number: row.number as number,
    mimeType: row.mime_type as string,
    sha256: row.sha256 as string,
    sizeBytes: Number(row.size_bytes),
    originalUri: row.original_uri as string | null,
    createdBy: row.created_by as string | null,
    createdAt: new Date(row.created_ms as number),
    replacedAt: row.replaced_ms === null ? null : new Date(row.replaced_ms as number),
  };
}

const FIND_CONTENT = `
select resources.name, versions.mime_type, sha256, blobs.size_bytes::text as size_bytes, storage_bucket, storage_key, content,
  ${toMsText('versions.created_at')} as created_ms
from (select * from (${VERSIONS}) as all_versions where number = $3::int limit 1) as versions
join blobs on blobs.account_id = $1 and blobs.id = versions.blob_id
join resources on resources.account_id = $1 and resources.id = $2::uuid`;

export function createFindVersionContentStatement({ accountId, id, number }: VersionId): Statement {
  return { name: 'find-version-content', text: FIND_CONTENT, values: [accountId, id, number] };
}

export function toVersionContent(row: Row, { accountId, id }: ResourceId): StoredContent {
  return {
    id,
    accountId,
    name: row.name as string,
    mimeType: row.mime_type as string,
    sha256: row.sha256 as string,
    sizeBytes: Number(row.size_bytes),
    createdAt: new Date(row.created_ms as number),
    location: { bucket: row.storage_bucket as string, key: row.storage_key as string },
    inline: row.content as Uint8Array | null,
  };
}

const REPLACED = toResourceDataText('changed', {
  sha256: 'blobs.sha256',
  storageBucket: 'blobs.storage_bucket',
  storageKey: 'blobs.storage_key',
  tags: `(
    select coalesce(json_agg(tag order by position), '[]') from resource_tags
    where resource_tags.account_id = $1 and resource_tags.resource_id = changed.id
  )`,
  updatedAt: 'changed.updated_at',
  version: 'changed.version',
});

/*
 * To be run when the resource is locked: then nobody else replaces its content. An account has each content once, so that
 * equal contents are one blob. The version's row may be removed meanwhile; its blob is then kept, or refused, by the foreign key.
 */
const RESTORE = `
with wanted as materialized (
  select wanted.*, blobs.size_bytes, current.id as current_id, current.blob_id = wanted.blob_id as is_same
  from (select * from (${VERSIONS}) as all_versions where number = $3::int limit 1) as wanted
  join blobs on blobs.account_id = $1 and blobs.id = wanted.blob_id
  join resources as current on current.account_id = $1 and current.id = $2::uuid
), room as materialized (
  select bytes_left from account_room($1, $6::bigint, $7::bigint)
), fitting as materialized (
  select wanted.* from wanted, room where not is_same and (bytes_left is null or bytes_left >= wanted.size_bytes)
), archived as (
  insert into resource_versions (account_id, resource_id, number, ${CONTENT}, size_bytes, created_by, created_at, replaced_at)
  select account_id, id, version, ${toPrefixed('old')}, old.size_bytes,
    case when old.replaced_at is null then old.created_by else old.replaced_by end, coalesce(old.replaced_at, old.created_at),
    greatest($4::timestamptz, old.updated_at + interval '1 millisecond')
  from resources as old join fitting on fitting.current_id = old.id
  where old.account_id = $1 and old.id = $2::uuid
), changed as (
  update resources set blob_id = fitting.blob_id, mime_type = fitting.mime_type, original_uri = fitting.original_uri,
    external_id = fitting.external_id, external_storage_type = fitting.external_storage_type,
    size_bytes = fitting.size_bytes, version = version + 1, replaced_by = $5,
    replaced_at = greatest($4::timestamptz, updated_at + interval '1 millisecond'),
    updated_at = greatest($4::timestamptz, updated_at + interval '1 millisecond')
  from fitting where resources.account_id = $1 and resources.id = $2::uuid
  returning resources.*
), told as (
  insert into events (account_id, type, subject, directory_path, data)
  select changed.account_id, 'resource.replaced', changed.id, changed.directory_path, ${REPLACED}
  from changed join blobs on blobs.account_id = $1 and blobs.id = changed.blob_id
)
select is_same, exists (select from fitting) as is_fitting, bytes_left::float8, size_bytes::float8 from wanted, room`;

function toPrefixed(alias: string): string {
  return CONTENT.split(', ')
    .map((column) => `${alias}.${column}`)
    .join(', ');
}

type RestoredRow = {
  readonly is_same: boolean;
  readonly is_fitting: boolean;
  readonly bytes_left: number | null;
  readonly size_bytes: number;
};

/** Gives no row when there is no such version. */
export function createRestoreVersionStatement(
  { accountId, id, number }: VersionId,
  {
    restoredAt,
    restoredBy,
    quotas,
  }: { readonly restoredAt: Date; readonly restoredBy: string | null; readonly quotas: Quotas },
): Statement<RestoredRow> {
  const values = [accountId, id, number, restoredAt.toISOString(), restoredBy, quotas.bytes, quotas.resources];
  return { name: 'restore-version', text: RESTORE, values };
}

const REMOVE_OLD = `
with old as materialized (
  select account_id, resource_id, number from resource_versions where replaced_at < now() - $1::float8 * interval '1 millisecond'
  order by replaced_at limit $2 for update skip locked
), removed as (
  delete from resource_versions using old where resource_versions.account_id = old.account_id
    and resource_versions.resource_id = old.resource_id and resource_versions.number = old.number
  returning resource_versions.number
)
select count(*)::int as removed from removed`;

export function createRemoveOldStatement({ ttlMs, limit }: { ttlMs: number; limit: number }): Statement {
  return { name: 'remove-old-versions', text: REMOVE_OLD, values: [ttlMs, limit] };
}

/** The place of one version among all. */
export type VersionKey = { readonly accountId: string; readonly resourceId: string; readonly number: number };

/*
 * A page is bounded by the rows looked at, not by those found. The numbers of one resource have no gap above its lowest.
 */
const REMOVE_SURPLUS = `
with page as materialized (
  select account_id, resource_id, number from resource_versions
  where (account_id, resource_id, number) > ($1, $2::uuid, $3::int)
  order by account_id, resource_id, number limit $4
), surplus as materialized (
  select page.* from page cross join lateral (
    select number as newest from resource_versions where resource_versions.account_id = page.account_id
      and resource_versions.resource_id = page.resource_id
    order by account_id desc, resource_id desc, number desc limit 1
  ) last where page.number <= newest - $5::int
), removed as (
  delete from resource_versions using surplus where resource_versions.account_id = surplus.account_id
    and resource_versions.resource_id = surplus.resource_id and resource_versions.number = surplus.number
  returning resource_versions.number
)
select (select count(*)::int from removed) as removed, next.* from (select) as one left join (
  select account_id, resource_id, number from page where (select count(*) from page) = $4
  order by account_id desc, resource_id desc, number desc limit 1
) next on true`;

export function createRemoveSurplusStatement(
  after: VersionKey | null,
  { limit, maxCount }: { readonly limit: number; readonly maxCount: number },
): Statement {
  const start = [
    after?.accountId ?? '',
    after?.resourceId ?? '00000000-0000-0000-0000-000000000000',
    after?.number ?? 0,
  ];
  return { name: 'remove-surplus-versions', text: REMOVE_SURPLUS, values: [...start, limit, maxCount] };
}

/** Where the next page begins; null after the last. */
export function toNextVersion(row: Row | undefined): VersionKey | null {
  if (row === undefined || row.account_id === null) return null;
  return {
    accountId: row.account_id as string,
    resourceId: row.resource_id as string,
    number: row.number as number,
  };
}
