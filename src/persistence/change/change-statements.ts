// The statements that change one record, and what their rows mean to the domain.
import type { ResourceChange, VersionedId } from '../../domain/change/ports.ts';
import type { Row, Statement } from '../database/database.ts';
import { storedTags, toStoredData } from '../events/event-data.ts';

const LOCK = `select id from resources where account_id = $1 and id = $2 for update`;
const LOCK_MANY = `select id from resources where account_id = $1 and id = any($2::uuid[]) order by id for update`;

/** The names of the fields that are other than before; metadata is compared letter by letter. */
const CHANGED_NAMES = `to_json(array_remove(array[
      case when changed.name <> judged.old_name then 'name' end,
      case when changed.directory_path <> judged.old_path then 'directoryPath' end,
      case when coalesce($8::text[], judged.old_tags) <> judged.old_tags then 'tags' end,
      case when changed.metadata::text is distinct from judged.old_metadata then 'metadata' end
    ], null))`;

const UPDATED = toStoredData('changed', {
  tags: `to_json(coalesce($8::text[], judged.old_tags))`,
  more: `, 'changed', ${CHANGED_NAMES}`,
});

/*
 * To be run when the record is locked: then nobody else changes its tags between their being read and replaced. Tags
 * are overwritten where they stand and cut off behind, since one statement cannot delete a key and insert it again.
 */
const UPDATE = `
with target as (
  select id, directory_path as old_path, name as old_name, metadata::text as old_metadata,
    ${storedTags('$2')} as old_tags,
    coalesce($4::text, directory_path) as new_path, coalesce($5::text, name) as new_name,
    $3::timestamptz[] is null or updated_at = any($3::timestamptz[]) as is_expected
  from resources where account_id = $1 and id = $2
), judged as (
  select target.*, (
    select other.id from resources as other where other.account_id = $1 and other.directory_path = target.new_path
      and other.name = target.new_name and other.id <> target.id limit 1
  ) as existing_id
  from target
), changed as (
  update resources set directory_path = new_path, name = new_name,
    metadata = case when $6::boolean then $7::json else metadata end,
    updated_at = greatest($9::timestamptz, updated_at + interval '1 millisecond')
  from judged where resources.account_id = $1 and resources.id = judged.id and is_expected and existing_id is null
  returning resources.*
), shortened as (
  delete from resource_tags using changed
  where resource_tags.account_id = $1 and resource_tags.resource_id = changed.id
    and resource_tags.position >= cardinality($8::text[])
), retagged as (
  insert into resource_tags (account_id, resource_id, position, tag, created_at)
  select changed.account_id, changed.id, tags.number - 1, tags.tag, changed.created_at
  from changed, unnest($8::text[]) with ordinality as tags (tag, number)
  on conflict (account_id, resource_id, position) do update set tag = excluded.tag
), told as (
  insert into events (account_id, type, subject, directory_path, other_path, data)
  select $1, 'resource.updated', changed.id, changed.directory_path,
    nullif(judged.old_path, changed.directory_path), ${UPDATED}
  from changed join judged on judged.id = changed.id
    join blobs on blobs.account_id = $1 and blobs.id = changed.blob_id
)
select is_expected, existing_id, new_path, new_name from judged`;

/** Of the rows that `gone` gives; their tags are those of the statement's snapshot. */
const TELL_GONE = `insert into events (account_id, type, subject, directory_path, data)
  select $1, 'resource.deleted', gone.id, gone.directory_path, ${toStoredData('gone', { tags: `to_json(${storedTags('gone.id')})` })}
  from gone join blobs on blobs.account_id = $1 and blobs.id = gone.blob_id`;

/** To be run, like the next one, when the records are locked: then their tags are what they were at last. */
const DELETE = `
with target as materialized (
  select id, $3::timestamptz[] is null or updated_at = any($3::timestamptz[]) as is_expected
  from resources where account_id = $1 and id = $2 for update
), gone as (
  delete from resources using target
  where resources.account_id = $1 and resources.id = target.id and is_expected
  returning resources.*
), told as (
  ${TELL_GONE}
)
select is_expected from target`;

const DELETE_MANY = `
with gone as (
  delete from resources where account_id = $1 and id = any($2::uuid[]) returning *
), told as (
  ${TELL_GONE}
)
select count(*)::int as count from gone`;

/** Holds the record for the transaction, whatever version of it. */
export function createLockStatement({ accountId, id }: VersionedId): Statement {
  return { name: 'lock-resource', text: LOCK, values: [accountId, id] };
}

/** Holds the records for the transaction, taken in one order, so that two transactions never wait for each other in a ring. */
export function createLockManyStatement({ accountId, ids }: ResourceIds): Statement {
  return { name: 'lock-resources', text: LOCK_MANY, values: [accountId, ids] };
}

/** Gives no row when there is no such record. */
export function createUpdateStatement(
  resource: VersionedId,
  { change, changedAt }: { change: ResourceChange; changedAt: Date },
): Statement {
  const { directoryPath, name, tags, metadata } = change;
  return {
    name: 'update-resource',
    text: UPDATE,
    values: [
      resource.accountId,
      resource.id,
      toTimes(resource),
      directoryPath ?? null,
      name ?? null,
      metadata !== undefined,
      metadata === undefined || metadata === null ? null : JSON.stringify(metadata),
      tags ?? null,
      changedAt.toISOString(),
    ],
  };
}

/** Gives no row when there is no such record. */
export function createDeleteStatement(resource: VersionedId): Statement {
  return { name: 'delete-resource', text: DELETE, values: [resource.accountId, resource.id, toTimes(resource)] };
}

type ResourceIds = { readonly accountId: string; readonly ids: readonly string[] };

export function createDeleteManyStatement({ accountId, ids }: ResourceIds): Statement {
  return { name: 'delete-resources', text: DELETE_MANY, values: [accountId, ids] };
}

function toTimes({ expected }: VersionedId): readonly string[] | null {
  return expected === null ? null : expected.updatedAt.map((time) => time.toISOString());
}

/** What a change or a delete judged. */
export type JudgedRow = {
  readonly isExpected: boolean;
  /** Whose place the change would have taken, or null. */
  readonly existingId: string | null;
  readonly directoryPath: string;
  readonly name: string;
};

export function toJudgedRow(row: Row): JudgedRow {
  return {
    isExpected: row.is_expected === true,
    existingId: row.existing_id as string | null,
    directoryPath: row.new_path as string,
    name: row.new_name as string,
  };
}
