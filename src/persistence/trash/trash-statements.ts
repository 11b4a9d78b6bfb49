// The statements of the trash. It is a table apart, which no other statement reads, but for what needs a blob.
import type { ConflictPolicy } from '../../domain/conflict.ts';
import type { JsonObject } from '../../domain/fields/labels.ts';
import type { ExternalStorageType } from '../../domain/resource.ts';
import type {
  Restoration,
  RestoreOutcome,
  TrashedPlace,
  TrashedResource,
  TrashPosition,
} from '../../domain/trash/ports.ts';
import type { Row, Statement } from '../database/database.ts';
import { toResourceDataText } from '../events/event-data.ts';

const toMs = (time: string) => `(extract(epoch from ${time}) * 1000)::float8`;
const IS_LASTING = (ttl: string) => `deleted_at > now() - ${ttl}::float8 * interval '1 millisecond'`;

const LIST = `
select trash.id, name, directory_path, mime_type, original_uri, external_id, external_storage_type, metadata::text as metadata,
  array_to_json(tags)::text as tags, created_by, sha256, trash.size_bytes::text as size_bytes, version,
  ${toMs('trash.created_at')} as created_ms, ${toMs('updated_at')} as updated_ms, ${toMs('deleted_at')} as deleted_ms,
  deleted_by, deletion_id, deleted_path
from (
  select * from trash where account_id = $1 and ${IS_LASTING('$2')} and ($3::uuid is null or deletion_id = $3::uuid)
    and ($4::float8 is null or (deleted_at, id) < (to_timestamp($4::float8 / 1000)::timestamptz(3), $5::uuid))
  order by deleted_at desc, id desc limit $6
) trash join blobs on blobs.account_id = $1 and blobs.id = trash.blob_id
order by deleted_at desc, trash.id desc`;

type ListQuery = {
  readonly accountId: string;
  readonly deletionId: string | null;
  readonly after: TrashPosition | null;
  readonly maxCount: number;
};

export function createListTrashStatement(query: ListQuery, { ttlMs }: { ttlMs: number }): Statement {
  const { accountId, deletionId, after, maxCount } = query;
  const values = [accountId, ttlMs, deletionId, after?.deletedMs ?? null, after?.id ?? null, maxCount];
  return { name: 'list-trash', text: LIST, values };
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
  and ($4::uuid is null or id > $4::uuid) order by id limit $5`;

export function createFindTrashedStatement(accountId: string, ids: readonly string[], ttlMs: number): Statement {
  return { name: 'find-trashed', text: FIND, values: [accountId, ids, ttlMs] };
}

export function createFindDeletionStatement(
  accountId: string,
  query: { readonly deletionId: string; readonly afterId: string | null; readonly maxCount: number },
  ttlMs: number,
): Statement {
  const values = [accountId, query.deletionId, ttlMs, query.afterId, query.maxCount];
  return { name: 'find-trashed-of-deletion', text: FIND_OF_DELETION, values };
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

/** What both tables say of a record, but for its place. */
const RECORD = [
  'blob_id',
  'mime_type',
  'size_bytes',
  'original_uri',
  'external_id',
  'external_storage_type',
  'metadata',
  'created_by',
  'created_at',
  'version',
  'replaced_at',
  'replaced_by',
];
const CONTENT = 'blob_id, mime_type, size_bytes, original_uri, external_id, external_storage_type';
const listOf = (prefix: string) => RECORD.map((name) => `${prefix}${name}`).join(', ');

const TOLD = toResourceDataText('told', {
  sha256: 'blobs.sha256',
  storageBucket: 'blobs.storage_bucket',
  storageKey: 'blobs.storage_key',
  tags: 'told.tags',
  updatedAt: 'told.updated_at',
  version: 'told.version',
});

/*
 * Behind the locks of what leaves the trash, of what is replaced and of the names that are numbered, and so with a later
 * snapshot: what it sees stands until it commits. A place that is empty is taken by a plain insert: whoever takes it
 * meanwhile makes the transaction fail by the unique index, and be tried again.
 */
const RESTORE = `
with given as materialized (
  select $2::uuid[] as ids, $3::text[] as directory_paths, $4::text[] as names, $5::text[] as stems, $6::text[] as extensions
), input as materialized (
  select t.*, row_number() over (partition by t.to_path, t.to_name order by t.row_no) as nth
  from given cross join lateral unnest(ids, directory_paths, names, stems, extensions)
    with ordinality as t (id, to_path, to_name, stem, extension, row_no)
), numbered as materialized (
  select to_path, to_name, free_numbers($1, to_path, min(stem), min(extension), count(*)) as free
  from input where $7::text = 'rename' group by to_path, to_name
), placed as materialized (
  select input.row_no, input.to_path, trash.*, standing.id as standing_id, standing.blob_id as old_blob_id,
    case when $7::text = 'rename' and (standing.id is not null or nth > 1) then numbered_name(
      stem, numbered.free[nth - case when standing.id is null then 1 else 0 end], extension
    ) else input.to_name end as final_name, input.to_name,
    case
      when $7::text = 'rename' then 'restore'
      when standing.id is null then case when nth = 1 then 'restore' else 'refuse' end
      when $7::text in ('keep', 'replace') and standing.blob_id = trash.blob_id then 'keep'
      when $7::text = 'replace' and nth = 1 then 'replace'
      else 'refuse'
    end as fate
  from input join trash on trash.account_id = $1 and trash.id = input.id
  left join numbered on numbered.to_path = input.to_path and numbered.to_name = input.to_name
  left join lateral (
    select id, blob_id, directory_path, name from resources where resources.account_id = $1
      and (resources.directory_path, resources.name) >= (input.to_path, input.to_name)
    order by resources.directory_path, resources.name limit 1
  ) standing on standing.directory_path = input.to_path and standing.name = input.to_name
), going as materialized (
  select * from placed where not ($8::boolean and exists (select from placed where fate = 'refuse'))
), restored as (
  insert into resources (account_id, id, directory_path, name, updated_at, ${listOf('')})
  select account_id, id, to_path, final_name, greatest($9::timestamptz, updated_at + interval '1 millisecond'), ${listOf('')}
  from going where fate = 'restore' order by to_path collate "C", final_name collate "C"
  returning *
), archived as (
  insert into resource_versions (account_id, resource_id, number, ${CONTENT}, created_by, created_at, replaced_at)
  select old.account_id, old.id, old.version, ${CONTENT.split(', ')
    .map((name) => `old.${name}`)
    .join(', ')}, case when old.replaced_at is null then old.created_by else old.replaced_by end,
    coalesce(old.replaced_at, old.created_at), greatest($9::timestamptz, old.updated_at + interval '1 millisecond')
  from resources as old join going on going.standing_id = old.id where old.account_id = $1 and fate = 'replace'
), replaced as (
  update resources set ${CONTENT.split(', ')
    .map((name) => `${name} = going.${name}`)
    .join(', ')}, version = resources.version + 1, replaced_by = $10::text,
    replaced_at = greatest($9::timestamptz, resources.updated_at + interval '1 millisecond'),
    updated_at = greatest($9::timestamptz, resources.updated_at + interval '1 millisecond')
  from going where resources.account_id = $1 and resources.id = going.standing_id and fate = 'replace'
  returning resources.*
), labelled as (
  insert into resource_tags (account_id, resource_id, position, tag, created_at)
  select going.account_id, going.id, tags.number - 1, tags.tag, going.created_at
  from going, unnest(going.tags) with ordinality as tags (tag, number) where fate = 'restore'
), removed as (
  delete from trash using going where trash.account_id = $1 and trash.id = going.id and fate in ('restore', 'replace')
), forgotten as (
  delete from resource_versions using going where resource_versions.account_id = $1
    and resource_versions.resource_id = going.id and fate = 'replace'
), told as (
  select 'resource.restored' as type, restored.id, restored.directory_path, restored.name, restored.updated_at,
    ${listOf('restored.')}, to_json(going.tags) as tags
  from restored join going on going.id = restored.id
  union all
  select 'resource.replaced', replaced.id, replaced.directory_path, replaced.name, replaced.updated_at, ${listOf('replaced.')}, (
      select coalesce(json_agg(tag order by position), '[]') from resource_tags
      where resource_tags.account_id = $1 and resource_tags.resource_id = replaced.id
    )
  from replaced
), written as (
  insert into events (account_id, type, subject, directory_path, data)
  select $1, told.type, told.id, told.directory_path, ${TOLD}
  from told join blobs on blobs.account_id = $1 and blobs.id = told.blob_id
  returning 1
)
select placed.id, placed.fate, placed.standing_id, placed.to_path, placed.to_name, placed.final_name <> placed.to_name as is_renamed,
  going.id is not null as is_going, (select count(*)::int from written) as events
from placed left join going on going.row_no = placed.row_no order by placed.row_no`;

type RestoreOptions = {
  readonly accountId: string;
  readonly policy: ConflictPolicy;
  readonly isWhole: boolean;
  readonly restoredAt: Date;
  readonly restoredBy: string | null;
};

export function createRestoreStatement(restorations: readonly Restoration[], options: RestoreOptions): Statement {
  return {
    name: 'restore-trashed',
    text: RESTORE,
    values: [
      options.accountId,
      restorations.map(({ id }) => id),
      restorations.map(({ directoryPath }) => directoryPath),
      restorations.map(({ name }) => name),
      restorations.map(({ numbered }) => numbered.stem),
      restorations.map(({ numbered }) => numbered.extension),
      options.policy,
      options.isWhole,
      options.restoredAt.toISOString(),
      options.restoredBy,
    ],
  };
}

export function toRestoreOutcome(row: Row): RestoreOutcome {
  const id = row.id as string;
  if (row.fate === 'refuse') {
    const place = { directoryPath: row.to_path as string, name: row.to_name as string };
    // Of two that would have one place the second has nobody in it yet.
    return { id, kind: 'conflict', ...place, existingId: (row.standing_id as string | null) ?? id };
  }
  if (row.is_going !== true) return { id, kind: 'left' };
  if (row.fate === 'restore') {
    return { id, kind: 'restored', result: row.is_renamed === true ? 'renamed' : 'created', restoredId: id };
  }
  const result = row.fate === 'keep' ? 'kept' : 'replaced';
  return { id, kind: 'restored', result, restoredId: row.standing_id as string };
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
