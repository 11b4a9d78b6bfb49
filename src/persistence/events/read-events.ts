// The statements that read the log, and what their rows mean to the domain.
import type { EventData, EventType, LoggedEvent, LogPosition } from '../../domain/events/event.ts';
import type { EventFilter } from '../../domain/events/event-filter.ts';
import type { EventPage, EventQuery, LogState, NewsQuery } from '../../domain/events/ports.ts';
import type { Resource } from '../../domain/resource.ts';
import type { Row, Statement } from '../database/database.ts';
import type { DirectoryData, ResourceData } from './event-data.ts';

/*
 * The log and how it stands, in one snapshot. Below `end_xid` (the lowest that is still running) every transaction has ended,
 * so nothing will come to be there any more: that is as far as is read. `is_current` is false when the row was not written by
 * the transaction that it names, or the server has taken another way since: see the migration.
 */
const STATE = `select epoch, event_log.era, written_by::xid = event_log.xmin and timeline = event_timeline() as is_current,
    pg_snapshot_xmin(now_seen) as end_xid, pg_snapshot_xmax(now_seen) as next_xid, dropped_era, dropped_xid
  from event_log, pg_current_snapshot() as now_seen where name = 'events'`;

const COLUMNS = `account_id, era, xid, id, type, subject, directory_path, other_path, data, created_at`;
const ORDER = 'order by era, xid, id';
const BELOW_END = `(era, xid) < ((select era from state), (select end_xid from state))`;
/*
 * The place to go on from is selected, and so is how far to look, so that the planner sees neither. All events have one era
 * mostly, so it would take what comes after that place for few rows, fewer than are looked at, and sort all there are, a million
 * for a page, rather than walk the index.
 */
const AFTER = `(era, xid, id) > ((select $2::smallint), (select $3::xid8), (select $4::bigint))`;

/*
 * Looked at are so many rows of the index and no more, however few of them fit. What is sent is weighed first, as text,
 * since what is stored may be compressed. `scanned_*` is where the look ended, in each row.
 */
const PAGE = `
with state as materialized (${STATE}), scanned as materialized (
  select ${COLUMNS} from events
  where account_id = $1 and ${AFTER} and ${BELOW_END}
  ${ORDER} limit (select $5::int)
), fitting as (
  select * from scanned
  where ($6::text[] is null or type = any($6)) and ($7::uuid is null or subject = $7)
    and ($8::text is null or ${isWithin('directory_path')} or ${isWithin('other_path')})
  ${ORDER} limit $9
)
${toAnswer('fitting', '$10')}`;

/** A path that is $8 or below it; and of a directory's event, one that is above. */
function isWithin(path: string): string {
  return `${path} = $8 or ${path} ^@ ($8 || '/') or (type ^@ 'directory.' and ($8 ^@ (${path} || '/') or ${path} = '/'))`;
}

/** Does not look at the events when nothing has ended since $3: the end is where it was. */
const NEWS = `
with state as materialized (${STATE}), scanned as materialized (
  select events.* from unnest($1::text[]) as listener (account_id) cross join lateral (
    select ${COLUMNS} from events
    where events.account_id = listener.account_id and ${AFTER}
      and ${BELOW_END}
    ${ORDER} limit (select $5::int)
  ) events
  where (select (era, end_xid) <> ($2::smallint, $3::xid8) from state)
  ${ORDER} limit (select $5::int)
)
${toAnswer('scanned', '$6')}`;

/** `maxBytes`: the bind parameter that has it. */
function toAnswer(relation: 'fitting' | 'scanned', maxBytes: string): string {
  return `select state.epoch, state.era as log_era, is_current, end_xid::text, next_xid::text, dropped_era, dropped_xid::text,
  (select count(*)::int from scanned) as scanned_count, (select count(*)::int from ${relation}) as page_count,
  last.era as last_era, last.xid::text as last_xid, last.id::text as last_id,
  page.account_id, page.era, page.xid::text as xid, page.id::text as id, page.type, page.subject,
  page.directory_path, page.other_path, page.data_text, (extract(epoch from page.created_at) * 1000)::float8 as created_ms
from state left join lateral (
  select * from scanned order by era desc, xid desc, id desc limit 1
) last on true left join lateral (
  select * from (
    select *, sum(octet_length(data_text)) over (${ORDER} rows between unbounded preceding and 1 preceding) as bytes_before
    from (select *, data::text as data_text from ${relation}) as texts
  ) as weighed where bytes_before is null or bytes_before < ${maxBytes}
) page on true
order by page.era, page.xid, page.id`;
}

export function createReadEventsStatement(query: EventQuery): Statement {
  const { accountId, after, filter, maxCount } = query;
  // Where all fit, none is looked at that is not shown.
  const maxScanned = (filter.types ?? filter.resourceId ?? filter.directoryPath) ? query.maxScanned : maxCount;
  return {
    name: 'read-events',
    text: PAGE,
    values: [accountId, ...toValues(after), maxScanned, ...toFilterValues(filter), maxCount, query.maxBytes],
  };
}

export function createReadNewsStatement(query: NewsQuery): Statement {
  const { accountIds, after, maxCount } = query;
  return { name: 'read-news', text: NEWS, values: [accountIds, ...toValues(after), maxCount, query.maxBytes] };
}

export function createReadStateStatement(): Statement {
  return {
    name: 'read-log-state',
    text: `with state as (${STATE}) select epoch, era as log_era, is_current, end_xid::text, next_xid::text, dropped_era, dropped_xid::text from state`,
    values: [],
  };
}

export function createRenewStatement(epoch: string): Statement {
  return { name: 'renew-event-log', text: 'select renew_event_log($1)', values: [epoch] };
}

const toValues = ({ era, xid, id }: LogPosition) => [era, xid.toString(), id.toString()];
const toFilterValues = ({ types, resourceId, directoryPath }: EventFilter) => [types, resourceId, directoryPath];

/** Whether the log is still the one of this database and this server; false: it is to be renewed, and asked again. */
export function isCurrent([row]: readonly Row[]): boolean {
  if (row === undefined) throw new Error('the database has no log of events');
  return row.is_current === true;
}

export function toLogState([row]: readonly Row[]): LogState {
  if (row === undefined) throw new Error('the database has no log of events');
  const [era, endXid, nextXid] = [row.log_era as number, toBigInt(row.end_xid), toBigInt(row.next_xid)];
  return {
    epoch: row.epoch as string,
    era,
    nextXid,
    dropped: { era: row.dropped_era as number, xid: toBigInt(row.dropped_xid) },
    end: { era, xid: endXid, id: 0n },
    hasOpen: endXid < nextXid,
  };
}

/** `maxScanned` and `maxCount` as they were asked for. */
export function toEventPage(
  rows: readonly Row[],
  { maxScanned, maxCount }: { maxScanned: number; maxCount: number },
): EventPage {
  const log = toLogState(rows);
  const first = rows[0] as Row;
  const events = first.xid === null ? [] : rows.map(toEvent);
  const bytes = events.reduce((sum, event) => sum + event.bytes, 0);
  const last = events.at(-1);
  // Either the weight or the count may have left some out that fit.
  const isCut = events.length < (first.page_count as number) || events.length === maxCount;
  if (isCut && last !== undefined) return { events, position: last.position, isEnd: false, bytes, log };
  if (first.scanned_count === maxScanned) {
    const position = { era: first.last_era as number, xid: toBigInt(first.last_xid), id: toBigInt(first.last_id) };
    return { events, position, isEnd: false, bytes, log };
  }
  return { events, position: log.end, isEnd: true, bytes, log };
}

/** About what an event weighs besides its data. */
const ROW_BYTES = 512;

const toBigInt = (value: unknown) => BigInt(value as string);

function toEvent(row: Row): LoggedEvent {
  const event = {
    accountId: row.account_id as string,
    position: { era: row.era as number, xid: toBigInt(row.xid), id: toBigInt(row.id) },
    type: row.type as EventType,
    subject: row.subject as string | null,
    directoryPath: row.directory_path as string,
    otherPath: row.other_path as string | null,
    createdAt: new Date(row.created_ms as number),
    bytes: ROW_BYTES + (row.data_text as string).length,
  };
  return { ...event, data: toData(event, JSON.parse(row.data_text as string)) };
}

function toData(event: Omit<LoggedEvent, 'data'>, data: ResourceData | DirectoryData): EventData {
  const { accountId, subject, directoryPath, otherPath } = event;
  if (subject === null) {
    const { moved = 0, deleted = 0, isComplete = true } = data as DirectoryData;
    if (otherPath !== null) return { kind: 'moved', from: directoryPath, to: otherPath, moved };
    return { kind: 'deleted', path: directoryPath, deleted, isComplete };
  }
  const { changed = null, createdAt, updatedAt = createdAt, ...stored } = data as ResourceData;
  const resource: Resource = {
    id: subject,
    accountId,
    name: stored.name,
    directoryPath,
    mimeType: stored.mimeType,
    sha256: stored.sha256,
    originalUri: stored.originalUri ?? null,
    externalId: stored.externalId ?? null,
    externalStorageType: stored.externalStorageType ?? null,
    storageBucket: stored.storageBucket,
    storageKey: stored.storageKey,
    sizeBytes: stored.sizeBytes,
    tags: stored.tags,
    metadata: stored.metadata ?? null,
    createdBy: stored.createdBy ?? null,
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
    version: stored.version ?? 1,
  };
  return { kind: 'resource', resource, changed };
}
