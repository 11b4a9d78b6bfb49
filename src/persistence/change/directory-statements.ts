// The statements that move and delete a directory, and what their rows mean to the domain.
import type { DirectoryId } from '../../domain/change/ports.ts';
import type { Row, Statement } from '../database/database.ts';

/*
 * A directory and all below it, as one range of the unique index, in the index's own byte order: $2 is "/a", $3 "/a/",
 * $4 "/a0", since "0" follows "/". Between "/a" and "/a/" lie others, such as "/a-b".
 */
const IN_DIRECTORY = `account_id = $1 and directory_path >= $2 and directory_path < $4
    and (directory_path = $2 or directory_path >= $3)`;

/*
 * One event tells of all, and whether anything was left: one record more than may go is looked for. It is written when the
 * last of them has gone, as its place in the log must be after what any of them was waited for.
 */
const DELETE = `
with target as materialized (
  select id, row_number() over (order by directory_path, name) as number from (
    select id, directory_path, name from resources where ${IN_DIRECTORY}
    order by directory_path, name limit $5::int + 1 for update
  ) as locked
), gone as (
  delete from resources using target
  where resources.account_id = $1 and resources.id = target.id and number <= $5::int returning resources.id
), told as (
  insert into events (account_id, type, directory_path, data)
  select $1, 'directory.deleted', $2, json_build_object('deleted', count,
    'isComplete', (select count(*) from target) <= $5::int)
  from (select count(*)::int as count from gone) as counted where count > 0
)
select count(*)::int as count from gone`;

const MOVE = `
with moving as materialized (
  select id, name, case when directory_path = $2 then $5::text
    else $6::text || substr(directory_path, char_length($2) + 1) end as new_path
  from resources where ${IN_DIRECTORY}
  order by id for update
), too_long as materialized (
  select id from moving where octet_length(new_path) > $7::int limit 1
), taken as materialized (
  select existing.id, moving.new_path, moving.name
  from moving cross join lateral (
    select id from resources
    where account_id = $1 and directory_path = moving.new_path and name = moving.name limit 1
  ) existing
  where not exists (select from moving as other where other.id = existing.id)
  order by moving.new_path, moving.name limit 1
), moved as (
  update resources set directory_path = $8::text || new_path,
    updated_at = greatest($9::timestamptz, updated_at + interval '1 millisecond')
  from moving
  where resources.account_id = $1 and resources.id = moving.id and not exists (select from too_long) and not exists (select from taken)
  returning resources.id
), told as (
  insert into events (account_id, type, directory_path, other_path, data)
  select $1, 'directory.moved', $2, $5::text, json_build_object('moved', count)
  from (select count(*)::int as count from moved) as counted where count > 0
)
select (select count(*)::int from moved) as count, exists (select from too_long) as is_too_long,
  (select id from taken) as existing_id, (select new_path from taken) as directory_path,
  (select name from taken) as name`;

const SETTLE = `update resources set directory_path = substr(directory_path, 2)
where account_id = $1 and directory_path >= $2 and directory_path < $3`;

/** No path begins with it but those that are on their way, and nobody sees those. */
const ON_ITS_WAY = '\u0001';
const AFTER_ON_ITS_WAY = '\u0002';

/** Deletes up to `maxCount` records, in the order of the index that finds them. */
export function createDeleteDirectoryStatement(directory: DirectoryId, { maxCount }: { maxCount: number }): Statement {
  return { name: 'delete-directory', text: DELETE, values: [...toRange(directory), maxCount] };
}

export type MoveOptions = { readonly to: string; readonly changedAt: Date; readonly maxPathBytes: number };

/**
 * The transaction that moves a directory; the rows of its first statement tell the outcome. A unique index is checked
 * row by row, so on the way up (from "/a/b" to "/a") a record could meet one that has yet to leave; then all take a step
 * aside first.
 */
export function createMoveStatements(
  directory: DirectoryId,
  { to, changedAt, maxPathBytes }: MoveOptions,
): Statement[] {
  const toPrefix = to === '/' ? '' : to;
  const aside = directory.directoryPath.startsWith(`${toPrefix}/`) ? ON_ITS_WAY : '';
  const values = [...toRange(directory), to, toPrefix, maxPathBytes, aside, changedAt.toISOString()];
  const move = { name: 'move-directory', text: MOVE, values };
  const range = [directory.accountId, ON_ITS_WAY, AFTER_ON_ITS_WAY];
  return aside === '' ? [move] : [move, { name: 'settle-directory', text: SETTLE, values: range }];
}

function toRange({ accountId, directoryPath }: DirectoryId): readonly string[] {
  return [accountId, directoryPath, `${directoryPath}/`, `${directoryPath}0`];
}

export type MovedRow = {
  readonly count: number;
  readonly isTooLong: boolean;
  /** What has the place that a record would have taken, and where that is; null when all were free. */
  readonly taken: { readonly existingId: string; readonly directoryPath: string; readonly name: string } | null;
};

export function toMovedRow(row: Row): MovedRow {
  const existingId = row.existing_id as string | null;
  const place = { directoryPath: row.directory_path as string, name: row.name as string };
  return {
    count: row.count as number,
    isTooLong: row.is_too_long === true,
    taken: existingId === null ? null : { existingId, ...place },
  };
}
