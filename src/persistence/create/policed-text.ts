// The shared insert for groups in which a place that is taken is no end: what stands there is the answer, another name is
// found, or its content replaced.
import { toRecordText, toResourceDataText } from '../events/event-data.ts';
import { RECORD_NAMES } from '../tables/column-names.ts';
import { ROOM_COLUMNS, toRoomsText } from '../usage/quota-text.ts';
import { CONSUME, EXISTING_ID, HELD, KEEP_RESULT, TAKEN } from './insert-texts.ts';

type Column = { readonly name: string; readonly type: string };

/** What is remembered of what stands in a place: its columns, and under which names. */
const STANDING = [...RECORD_NAMES, 'updated_at'] as const;

/** What is settled, as an event tells it and a key keeps it. */
const SETTLED = {
  sha256: 'settled.sha256',
  storageBucket: 'settled.storage_bucket',
  storageKey: 'settled.storage_key',
  tags: 'settled.tags',
  updatedAt: 'settled.updated_at',
  version: 'settled.version',
};
const RECORD = toRecordText('settled', SETTLED, { outcome: 'settled.outcome' });

const listOf = (columns: readonly Column[], prefix = '') => columns.map(({ name }) => `${prefix}${name}`).join(', ');

/*
 * Beyond what is said of the statement for rows without a policy:
 *
 * It runs behind the locks that `lock-places.ts` takes, in one transaction and so with a later snapshot: what it sees in the
 * place of a row that replaces is what stands there until it commits, and of several that look for a number, also in other
 * gateways, one looks at a time. A place that is empty is not locked; that is left to the index, and a row that meets someone
 * there is tried again, and then sees whom.
 *
 * A row's fate is judged once, from what is seen. Of several rows that would replace the same, the first does: no statement
 * changes a row twice, and so the others have no outcome and are tried again. Content is replaced by an upsert that never
 * inserts, which finds its row by the unique key whatever the planner believes about the table's size.
 *
 * A new version needs room for its bytes alone, since what it replaces is kept; what is kept as it is needs none.
 *
 * What was and what came of it is brought to one shape, `settled`, which the event, the key's result and the answer are
 * made of.
 */
export function toPolicedText({ resource, rest }: { resource: readonly Column[]; rest: readonly Column[] }): string {
  const columns = [...resource, ...rest];
  const bound = columns.map(({ name, type }, index) => `$${index + 1}::${type}[] as ${name}`).join(', ');
  const next = columns.length + 1;
  const renamed = resource.map(({ name }) => (name === 'name' ? 'final_name as name' : name)).join(', ');
  return `
with given as materialized (
  select ${bound},
    $${next + 1}::uuid[] as tag_resource_ids, $${next + 2}::smallint[] as tag_positions, $${next + 3}::text[] as tags
), input as materialized (
  select t.*, row_number() over (partition by t.account_id, t.directory_path, t.name, t.policy order by t.row_no) as nth
  from given cross join lateral unnest(${listOf(columns, 'given.')}) with ordinality as t (${listOf(columns)}, row_no)
), ${HELD}, ${TAKEN}, ${toRoomsText({ isTaking: true, next: next + 4 })}, found as materialized (
  select asked.row_no as found_row, standing.* from (
    select account_id, directory_path, name, row_no from input where policy <> 'error'
  ) asked cross join lateral (
    select resources.id as standing_id, ${STANDING.map((name) => `resources.${name} as old_${name}`).join(', ')},
      blobs.sha256 as old_sha256, blobs.storage_bucket as old_bucket, blobs.storage_key as old_key, (
        select coalesce(json_agg(tag order by position), '[]') from resource_tags
        where resource_tags.account_id = asked.account_id and resource_tags.resource_id = resources.id
      ) as old_tags
    from (
      select * from resources where resources.account_id = asked.account_id
        and (resources.directory_path, resources.name) >= (asked.directory_path, asked.name)
      order by resources.directory_path, resources.name limit 1
    ) resources join blobs on blobs.id = resources.blob_id
    where blobs.account_id = asked.account_id and resources.directory_path = asked.directory_path
      and resources.name = asked.name
  ) standing
), numbered as materialized (
  select account_id, directory_path, name, free_numbers(account_id, directory_path, min(stem), min(extension), count(*)) as free
  from input where policy = 'rename' group by account_id, directory_path, name
), placed as materialized (
  select input.*, found.*, known.storage_bucket as known_bucket, known.storage_key as known_key,
    coalesce(known.id, input.new_blob_id) as blob_id,
    (claim_key is null or input.row_no in (select row_no from held))
      and (upload_id is null or input.row_no in (select row_no from taken)) as is_free,
    case
      when policy = 'error' or policy = 'rename' then 'create'
      when must_stand and (standing_id is null or not coalesce(old_updated_at = any(expected::timestamptz[]), expected is null))
        then 'stale'
      when old_sha256 = input.sha256 then 'keep'
      when standing_id is null then 'create'
      when policy = 'keep' then 'refuse'
      when nth = 1 then 'replace'
      else 'wait'
    end as fate,
    case when policy = 'rename' and (standing_id is not null or nth > 1) then numbered_name(
      stem, numbered.free[nth - case when standing_id is null then 1 else 0 end], extension
    ) else input.name end as final_name
  from input left join found on found_row = input.row_no
  left join numbered on policy = 'rename' and numbered.account_id = input.account_id
    and numbered.directory_path = input.directory_path and numbered.name = input.name
  left join lateral (
    select id, sha256, storage_bucket, storage_key from blobs
    where blobs.account_id = input.account_id and blobs.sha256 >= input.sha256 order by blobs.sha256 limit 1
  ) known on known.sha256 = input.sha256
), refused as materialized (
  select row_no from (
    select placed.row_no, fate, bytes_left, resources_left, is_lost,
      count(*) filter (where fate = 'create') over counted as resources,
      sum(size_bytes - coalesce(taken.freed, 0)) filter (where fate in ('create', 'replace')) over counted as bytes
    from placed join rooms on rooms.account_id = placed.account_id left join taken on taken.row_no = placed.row_no
    window counted as (partition by placed.account_id order by placed.row_no)
  ) sized where fate in ('create', 'replace')
    and (is_lost or bytes > case when bytes_left < 0 then 0 else bytes_left end or fate = 'create' and resources > resources_left)
), created as (
  insert into resources (${listOf(resource)}, blob_id, updated_at)
  select ${renamed}, blob_id, created_at
  from placed where fate = 'create' and blob_id is not null and is_free and row_no not in (select row_no from refused)
  order by account_id collate "C", directory_path collate "C", final_name collate "C", row_no
  on conflict (account_id, directory_path, name) do nothing
  returning id, created_at
), replaced as (
  insert into resources (${listOf(resource)}, blob_id, updated_at, version)
  select ${resource.map(({ name }) => (name === 'metadata' ? 'case when keeps_metadata then old_metadata else metadata end' : name)).join(', ')},
    blob_id, greatest(created_at, old_updated_at + interval '1 millisecond'), old_version + 1
  from placed where fate = 'replace' and blob_id is not null and is_free and row_no not in (select row_no from refused)
  order by account_id collate "C", directory_path collate "C", name collate "C"
  on conflict (account_id, directory_path, name) do update set blob_id = excluded.blob_id,
    size_bytes = excluded.size_bytes, mime_type = excluded.mime_type, original_uri = excluded.original_uri,
    external_id = excluded.external_id, external_storage_type = excluded.external_storage_type,
    metadata = excluded.metadata, version = excluded.version, updated_at = excluded.updated_at,
    replaced_at = excluded.updated_at, replaced_by = excluded.created_by
  returning id, created_at, updated_at, version
), stored as materialized (
  select placed.row_no, placed.id as given_id, created.id, created.created_at, created.created_at as updated_at, 1 as version
  from placed join created on created.id = placed.id
  union all
  select placed.row_no, placed.id, replaced.id, replaced.created_at, replaced.updated_at, replaced.version
  from placed join replaced on replaced.id = placed.standing_id where fate = 'replace'
), archived as (
  insert into resource_versions (account_id, resource_id, number, blob_id, mime_type, size_bytes, original_uri, external_id,
    external_storage_type, created_by, created_at, replaced_at)
  select account_id, standing_id, old_version, old_blob_id, old_mime_type, old_size_bytes, old_original_uri, old_external_id,
    old_external_storage_type, case when old_replaced_at is null then old_created_by else old_replaced_by end,
    coalesce(old_replaced_at, old_created_at), stored.updated_at
  from placed join stored on stored.row_no = placed.row_no where fate = 'replace'
), registered as (
  insert into blobs (account_id, id, sha256, size_bytes, storage_bucket, storage_key, content, created_at)
  select distinct on (account_id collate "C", sha256 collate "C") account_id, blob_id, sha256, size_bytes, new_bucket,
    new_key, substring($${next}::bytea from content_start for content_length), placed.created_at
  from placed join stored on stored.row_no = placed.row_no where known_key is null and new_key is not null
  order by account_id collate "C", sha256 collate "C", placed.row_no
  on conflict (account_id, sha256) do nothing
  returning id, storage_bucket, storage_key
), tagged as (
  insert into resource_tags (account_id, resource_id, position, tag, created_at)
  select placed.account_id, stored.id, t.position, t.tag, stored.created_at
  from given cross join lateral unnest(tag_resource_ids, tag_positions, tags) as t (resource_id, position, tag)
  join stored on stored.given_id = t.resource_id join placed on placed.row_no = stored.row_no
  on conflict (account_id, resource_id, position) do update set tag = excluded.tag
  returning resource_id, position, tag
), shortened as (
  delete from resource_tags using placed join stored on stored.row_no = placed.row_no where fate = 'replace' and not keeps_tags
    and resource_tags.account_id = placed.account_id and resource_tags.resource_id = placed.standing_id
    and resource_tags.position >= (select count(*) from given, unnest(tag_resource_ids) as t (id) where t.id = placed.id)
), settled as materialized (
  select placed.row_no, case when fate = 'replace' then 'replaced' when final_name <> name then 'renamed' else 'created' end as outcome,
    stored.id, account_id, directory_path, final_name as name, mime_type, original_uri, external_id, external_storage_type,
    case when fate = 'replace' and keeps_metadata then old_metadata else metadata end as metadata,
    case when fate = 'replace' then old_created_by else created_by end as created_by, stored.created_at, stored.updated_at,
    size_bytes, stored.version, sha256, coalesce(known_bucket, registered.storage_bucket) as storage_bucket,
    coalesce(known_key, registered.storage_key) as storage_key,
    case when fate = 'replace' and keeps_tags then old_tags else coalesce(labels.tags, '[]') end as tags
  from placed join stored on stored.row_no = placed.row_no left join registered on registered.id = placed.blob_id
  left join (
    select resource_id, json_agg(tag order by position) as tags from tagged group by resource_id
  ) labels on labels.resource_id = stored.id
  union all
  select row_no, 'kept', standing_id, account_id, directory_path, name, old_mime_type, old_original_uri, old_external_id,
    old_external_storage_type, old_metadata, old_created_by, old_created_at, old_updated_at, old_size_bytes, old_version,
    old_sha256, old_bucket, old_key, old_tags
  from placed where fate = 'keep' and is_free
), told as (
  insert into events (account_id, type, subject, directory_path, data)
  select account_id, case when outcome = 'replaced' then 'resource.replaced' else 'resource.created' end, id, directory_path,
    ${toResourceDataText('settled', SETTLED)}
  from settled where outcome <> 'kept' order by row_no
), kept as (
  insert into idempotency_keys (account_id, key, owner, claimed_at, expires_at, fingerprint, result, storage_bucket,
    storage_key)
  select settled.account_id, claim_key, claim_owner, now(), now() + ttl_ms * interval '1 millisecond', fingerprint,
    ${RECORD}, settled.storage_bucket, settled.storage_key
  from settled join input on input.row_no = settled.row_no where claim_key is not null
  ${KEEP_RESULT}
), consumed as (
  insert into uploads (account_id, id, method, state, offset_bytes, storage_bucket, storage_key, resource_id, is_wanted,
    created_at, expires_at, due_at)
  select settled.account_id, upload_id, 'resumable', 'consumed', 0, '', '', settled.id, false, settled.created_at,
    settled.created_at, settled.created_at
  from settled join input on input.row_no = settled.row_no where upload_id is not null
  order by settled.account_id collate "C", upload_id
  ${CONSUME}
)
select settled.outcome, fate = 'stale' as stale, placed.blob_id is null and fate in ('create', 'replace') as blob_unknown,
  claim_key is not null and placed.row_no not in (select row_no from held) as claim_lost,
  upload_id is not null and placed.row_no not in (select row_no from taken) as upload_taken,
  ${ROOM_COLUMNS}, settled.storage_bucket, settled.storage_key,
  case when settled.outcome <> 'created' then ${RECORD}::text end as record,
  case when fate = 'refuse' then standing_id when policy = 'error' and settled.outcome is null then ${EXISTING_ID} end as existing_id
from placed left join settled on settled.row_no = placed.row_no left join rooms on rooms.account_id = placed.account_id
order by placed.row_no`;
}
