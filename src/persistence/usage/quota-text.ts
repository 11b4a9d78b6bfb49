// The part of a statement that adds resources in which the quotas of their accounts are kept.

import type { Quotas } from '../../domain/usage/ports.ts';
import type { LeaseRequest } from './quota-leases.ts';

/**
 * Common table expressions that name in `refused` the rows of `input` that do not fit, with what there is left in `rooms`. Rows
 * count in their order, also those that come to nothing: who is refused because of a neighbour may ask again. An upload's
 * own bytes, which `taken` gives as `freed`, need no room. Uploads are locked before accounts are, in every statement.
 * @param next the number of the first of its parameters; see `toQuotaValues`
 */
export function toQuotaText({ isTaking, next }: { readonly isTaking: boolean; readonly next: number }): string {
  return `${toRoomsText({ isTaking, next })}, refused as materialized (
  select row_no from (
    select input.row_no, bytes_left, resources_left, is_lost, count(*) over counted as resources,
      sum(${toSize(isTaking)}) over counted as bytes
    from input join rooms using (account_id) ${isTaking ? 'left join taken using (row_no)' : ''}
    window counted as (partition by input.account_id order by input.row_no)
  ) sized where is_lost or bytes > case when bytes_left < 0 then 0 else bytes_left end or resources > resources_left
)`;
}

/**
 * A common table expression that says whether some account has a quota of its own.
 * @param next the number of its parameter, the accounts' ids
 */
export function toLimitedText(next: number): string {
  return `limited as materialized (
  select exists (
    select from unnest($${next}::text[]) as asked (account_id) cross join lateral (
      select from account_quotas where account_quotas.account_id = asked.account_id limit 1
    ) own
  ) as is_limited
)`;
}

/** What each account of `input` that has a quota, or a lease that has ended, has left; see `account_room` in its migration. */
export function toRoomsText({ isTaking, next }: { readonly isTaking: boolean; readonly next: number }): string {
  return `rooms as materialized (
  select asked.account_id, room.* from (
    select wanting.*, held, dropped, wanted from (
      select account_id, sum(${toSize(isTaking)})::bigint as bytes, count(*) as resources
      from input ${isTaking ? 'left join taken using (row_no)' : ''} group by account_id
    ) wanting left join unnest($${next + 2}::text[], $${next + 3}::uuid[], $${next + 4}::uuid[], $${next + 5}::uuid[])
      as leases (account_id, held, dropped, wanted) on leases.account_id = wanting.account_id
    order by wanting.account_id
  ) asked cross join lateral account_room(asked.account_id, $${next}::bigint, $${next + 1}::bigint, asked.bytes,
    asked.resources, held, dropped, wanted) as room
  where room.bytes_left is not null or room.resources_left is not null or room.is_lost
)`;
}

const toSize = (isTaking: boolean) => `size_bytes${isTaking ? ' - coalesce(taken.freed, 0)' : ''}`;

/** What the statement tells of a row's account, as columns of its result. */
export const ROOM_COLUMNS = `placed.row_no in (select row_no from refused) as is_refused,
  rooms.bytes_left::text as bytes_left, rooms.resources_left::text as resources_left, rooms.is_lost, rooms.is_leased,
  rooms.leased_bytes::text as leased_bytes, rooms.leased_resources::text as leased_resources`;

/** The values of its parameters. */
export function toQuotaValues(quotas: Quotas, requests: readonly LeaseRequest[]): readonly unknown[] {
  return [
    quotas.bytes,
    quotas.resources,
    requests.map(({ accountId }) => accountId),
    requests.map(({ held }) => held),
    requests.map(({ dropped }) => dropped),
    requests.map(({ wanted }) => wanted),
  ];
}
