// What a group holds for its transaction before it looks: the resources that it replaces, and the names that it numbers.

import type { ConflictPolicy } from '../../domain/conflict.ts';
import type { Place } from '../../domain/find/find-resource.ts';
import type { Statement } from '../database/database.ts';

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

/** A place that something is to be put into, and what is to happen when it is taken. */
export type WantedPlace = { readonly place: Place & { readonly accountId: string }; readonly policy: ConflictPolicy };

/** The statements that go before what fills these places, in its transaction. */
export function createLockPlacesStatements(wanted: readonly WantedPlace[]): readonly Statement[] {
  return [
    { name: 'lock-numbered', text: LOCK_NUMBERED, rows: wanted.filter(({ policy }) => policy === 'rename') },
    { name: 'lock-replaced', text: LOCK_REPLACED, rows: wanted.filter(({ policy }) => policy === 'replace') },
  ].flatMap(({ name, text, rows: locked }) => (locked.length === 0 ? [] : [{ name, text, values: toPlaces(locked) }]));
}

function toPlaces(wanted: readonly WantedPlace[]): readonly unknown[] {
  return [
    wanted.map(({ place }) => place.accountId),
    wanted.map(({ place }) => place.directoryPath),
    wanted.map(({ place }) => place.name),
  ];
}
