// The statements that keep the log small: the slot whose days are over for long enough is emptied at once.
import type { Row, Statement } from '../database/database.ts';

/** Partitions of some days each, used in turn, so that what is old goes by emptying one; as the migration made them. */
export const EVENT_SLOTS = 12;
/** Events that are written in these days lie in one slot (`event_slot` in the database). */
const SLOT_DAYS = 5;
const MS = `interval '1 millisecond'`;
/** Marks are so far apart at most; what was written between the end of a slot and the next mark is kept as well. */
const MARK_HOURS = 12;
/** Marks are needed until the last slot that they are the end of has gone. */
const SPARE_DAYS = 2 * SLOT_DAYS;

/** Which number the next transaction has: then everything that was written before has a lower one. */
const MARK = `
with last as (
  select max(seen_at) as seen_at from event_marks
), forgotten as (
  delete from event_marks where seen_at < now() - ($1::float8 * ${MS} + interval '${SPARE_DAYS} days')
)
insert into event_marks (seen_at, era, xid)
select now(), era, pg_snapshot_xmax(pg_current_snapshot()) from event_log, last
where name = 'events' and coalesce(last.seen_at < now() - interval '${MARK_HOURS} hours', true)
on conflict (seen_at) do nothing`;

/*
 * The slot's last days are the latest that are not after today; $1 is its number. It goes when they have been over for as
 * long as events are kept and a day more, by which the mark may come after their end. Whoever's cursor is below that mark is told
 * from then on, in the same commit.
 */
const DROP = `
with today as (
  select floor(date_part('epoch', clock_timestamp()) / ${SLOT_DAYS * 86_400})::bigint as number
), days as (
  select number - (number - $1::int + ${EVENT_SLOTS}) % ${EVENT_SLOTS} as last, number as current from today
), due as materialized (
  select to_timestamp((last + 1) * ${SLOT_DAYS * 86_400}) as ended_at from days
  where last < current
    and to_timestamp((last + 1) * ${SLOT_DAYS * 86_400}) + $2::float8 * ${MS} + interval '1 day' < clock_timestamp()
), mark as materialized (
  select era, xid from event_marks where seen_at >= (select ended_at from due) order by seen_at limit 1
), emptied as materialized (
  select empty_event_slot($1::int) as was_full from mark
)
update event_log set dropped_era = mark.era, dropped_xid = mark.xid, written_by = pg_current_xact_id()
from emptied, mark
where name = 'events' and was_full and (dropped_era, dropped_xid) <= (mark.era, mark.xid)
returning true as dropped`;

export function createMarkStatement({ ttlMs }: { readonly ttlMs: number }): Statement {
  return { name: 'mark-event-log', text: MARK, values: [ttlMs] };
}

export function createDropStatement({ slot, ttlMs }: { readonly slot: number; readonly ttlMs: number }): Statement {
  return { name: 'drop-events', text: DROP, values: [slot, ttlMs] };
}

/** Whether the slot held anything that is gone now. */
export function toDropped([row]: readonly Row[]): boolean {
  return row !== undefined;
}
