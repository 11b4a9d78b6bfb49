// Reads the log a page at a time, from a cursor or from its beginning.
import { type AnswerAllowance, MAX_PAGE_BYTES } from '../caller/answer-allowance.ts';
import { type Principal, requireScope } from '../caller/principal.ts';
import { parseLimit } from '../find/list-resources.ts';
import type { CallOptions } from '../flow/stream.ts';
import { type GatewayEvent, LOG_START, type LogPosition } from './event.ts';
import { type EventCursors, requireKnown } from './event-cursor.ts';
import { type EventFilterInput, parseEventFilter } from './event-filter.ts';
import type { EventLog, LogState } from './ports.ts';

/** The word that stands for the log's end in the place of a cursor. */
export const LATEST = 'latest';

/** How many events are looked at for one page, however few of them fit. */
export const MAX_SCANNED_EVENTS = 5_000;

export type ListEventsInput = EventFilterInput & {
  /** A cursor of the log; `latest`: from now on; absent: from the oldest event that is kept. */
  readonly after?: string | undefined;
  /** 1 to 200. */
  readonly limit?: number | undefined;
};

export type EventList = {
  /** Oldest first. */
  readonly events: readonly GatewayEvent[];
  /** Where to go on, also when there was no event. */
  readonly cursor: string;
  /** Whether to go on at once: the log has not been looked at to its end yet, and a page may hold fewer than it might. */
  readonly hasMore: boolean;
};

export type EventCall = CallOptions & {
  readonly principal: Principal;
  readonly repository: EventLog;
  readonly cursors: EventCursors;
  readonly allowance: AnswerAllowance;
};

/**
 * A page of the account's events, in their order.
 * @throws GatewayError `forbidden`, `invalid_input`, `cursor_gone`
 */
export async function listEvents(input: ListEventsInput, call: EventCall): Promise<EventList> {
  const { principal, repository, cursors, allowance, signal } = call;
  requireScope(principal, 'resources:read');
  const { accountId } = principal;
  const filter = parseEventFilter(input);
  const limit = parseLimit(input);
  const start = parseStart(input.after, call);
  if (start === LATEST) {
    const log = await repository.readLogState({ signal });
    return { events: [], cursor: cursors.toCursor(log.end, { accountId, epoch: log.epoch }), hasMore: false };
  }
  const query = { accountId, filter, after: start.position, maxCount: limit + 1, maxScanned: MAX_SCANNED_EVENTS };
  const page = await allowance.answer(MAX_PAGE_BYTES, async (maxBytes) => {
    const value = await repository.readEvents({ ...query, maxBytes }, { signal });
    return { value, bytes: value.bytes };
  });
  start.requireKnown(page.log);
  const shown = page.events.slice(0, limit);
  // The one beyond the limit only says that there is more.
  const position = page.events.length > limit ? (shown.at(-1)?.position ?? page.position) : page.position;
  const { epoch } = page.log;
  return {
    events: shown.map((event) => cursors.toEvent(event, epoch)),
    cursor: cursors.toCursor(position, { accountId, epoch }),
    hasMore: !page.isEnd || page.events.length > limit,
  };
}

type Start = {
  readonly position: LogPosition;
  /** @throws GatewayError `cursor_gone` when reading on from there would miss events, in silence */
  requireKnown(log: LogState): void;
};

/**
 * Where a caller wants to begin.
 * @throws GatewayError `invalid_input` on `after`
 */
export function parseStart(
  after: string | undefined,
  { cursors, principal }: Pick<EventCall, 'cursors' | 'principal'>,
): Start | typeof LATEST {
  if (after === undefined) return { position: LOG_START, requireKnown: () => {} };
  if (after === LATEST) return LATEST;
  const cursor = cursors.parse(after, principal.accountId);
  return { position: cursor.position, requireKnown: (log) => requireKnown(cursor, log) };
}
