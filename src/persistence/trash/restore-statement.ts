// Restoring from the trash: one statement for many, under any policy.
import type { ConflictPolicy } from '../../domain/conflict.ts';
import type { Restoration, RestoreOutcome } from '../../domain/trash/ports.ts';
import type { Row, Statement } from '../database/database.ts';
import { toResourceDataText } from '../events/event-data.ts';
import { CONTENT_NAMES, RECORD_NAMES } from '../tables/column-names.ts';

const CONTENT = CONTENT_NAMES.join(', ');
const listOf = (prefix: string) => RECORD_NAMES.map((name) => `${prefix}${name}`).join(', ');

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
  select old.account_id, old.id, old.version, ${CONTENT_NAMES.map((name) => `old.${name}`).join(
    ', ',
  )}, case when old.replaced_at is null then old.created_by else old.replaced_by end,
    coalesce(old.replaced_at, old.created_at), greatest($9::timestamptz, old.updated_at + interval '1 millisecond')
  from resources as old join going on going.standing_id = old.id where old.account_id = $1 and fate = 'replace'
), replaced as (
  update resources set ${CONTENT_NAMES.map((name) => `${name} = going.${name}`).join(
    ', ',
  )}, version = resources.version + 1, replaced_by = $10::text,
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
