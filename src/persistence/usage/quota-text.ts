// The part of a statement that adds resources in which the quotas of their accounts are kept.

/** The parameters that follow a statement's own. */
export type QuotaParameters = { readonly bytes: string; readonly resources: string };

/**
 * Common table expressions that name in `refused` the rows of `input` that do not fit, with what there is left in `rooms`. Rows
 * count in their order, also those that come to nothing: who is refused because of a neighbour may ask again. An upload's
 * own bytes, which `taken` gives as `freed`, need no room. Uploads are locked before accounts are, in every statement.
 */
export function toQuotaText({ isTaking, parameters }: { isTaking: boolean; parameters: QuotaParameters }): string {
  return `${toRoomsText({ isTaking, parameters })}, refused as materialized (
  select row_no from (
    select input.row_no, bytes_left, resources_left, count(*) over counted as resources,
      sum(size_bytes${isTaking ? ' - coalesce(taken.freed, 0)' : ''}) over counted as bytes
    from input join rooms using (account_id) ${isTaking ? 'left join taken using (row_no)' : ''}
    window counted as (partition by input.account_id order by input.row_no)
  ) sized where bytes > case when bytes_left < 0 then 0 else bytes_left end or resources > resources_left
)`;
}

/** What each account of `input` that has a quota has left; nobody else adds to it until the commit. */
export function toRoomsText({ isTaking, parameters }: { isTaking: boolean; parameters: QuotaParameters }): string {
  return `rooms as materialized (
  select asked.account_id, room.bytes_left, room.resources_left from (
    select distinct account_id from input ${isTaking ? 'where (select count(*) from taken) >= 0' : ''} order by account_id
  ) asked cross join lateral account_room(asked.account_id, ${parameters.bytes}, ${parameters.resources}) as room
  where room.bytes_left is not null or room.resources_left is not null
)`;
}
