// What a group holds for its transaction before it looks: the resources that it replaces, and the names that it numbers.
import type { Statement } from '../database/database.ts';
import type { InsertRow } from './insert-statement.ts';

/*
 * In the order that every statement which locks several resources keeps to. What has left its place meanwhile is not locked,
 * and the insert will not find it there.
 */
const LOCK_REPLACED = `
select row.id from (
  select asked.account_id, asked.directory_path, asked.name, standing.id
  from (select $1::text[] as account_ids, $2::text[] as directory_paths, $3::text[] as names) given
  cross join lateral unnest(account_ids, directory_paths, names) as asked (account_id, directory_path, name)
  cross join lateral (
    select id, directory_path, name from resources where resources.account_id = asked.account_id
      and (resources.directory_path, resources.name) >= (asked.directory_path, asked.name)
    order by resources.directory_path, resources.name limit 1
  ) standing
  where standing.directory_path = asked.directory_path and standing.name = asked.name
  order by asked.account_id collate "C", standing.id
) found cross join lateral (
  select id from resources where resources.account_id = found.account_id and resources.id = found.id
    and resources.directory_path = found.directory_path and resources.name = found.name limit 1 for update
) row`;

/** All gateways number one name one after the other, so that there is neither a hole nor a race that somebody loses forever. */
const LOCK_NUMBERED = `
select pg_advisory_xact_lock(key) from (
  select distinct hashtextextended(json_build_array(account_id, directory_path, name)::text, 7073) as key
  from unnest($1::text[], $2::text[], $3::text[]) as asked (account_id, directory_path, name)
  order by key
) keys`;

/** The statements that go before the insert of `rows`, in its transaction. */
export function createLockPlacesStatements(rows: readonly InsertRow[]): readonly Statement[] {
  return [
    { name: 'lock-numbered', text: LOCK_NUMBERED, rows: rows.filter(({ rule }) => rule.policy === 'rename') },
    { name: 'lock-replaced', text: LOCK_REPLACED, rows: rows.filter(({ rule }) => rule.policy === 'replace') },
  ].flatMap(({ name, text, rows: locked }) => (locked.length === 0 ? [] : [{ name, text, values: toPlaces(locked) }]));
}

function toPlaces(rows: readonly InsertRow[]): readonly unknown[] {
  return [
    rows.map(({ resource }) => resource.accountId),
    rows.map(({ resource }) => resource.directoryPath),
    rows.map(({ resource }) => resource.name),
  ];
}
