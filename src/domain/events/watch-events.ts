// Live events of one account: first what the log has after the cursor, then what comes, for as long as the lease lasts.
import { type Principal, requireScope } from '../caller/principal.ts';
import type { Shares } from '../caller/shares.ts';
import type { CallOptions } from '../flow/stream.ts';
import { comparePositions, type GatewayEvent, type LogPosition } from './event.ts';
import { type EventCursors, requireKnown } from './event-cursor.ts';
import { type EventFilter, parseEventFilter } from './event-filter.ts';
import type { EventFeed } from './feed.ts';
import { LATEST, type ListEventsInput, MAX_SCANNED_EVENTS, parseStart } from './list-events.ts';
import type { Listener } from './listeners.ts';
import type { EventLog } from './ports.ts';

export type WatchEventsInput = Omit<ListEventsInput, 'limit'> & {
  /** What the reader is counted under. */
  readonly transport: ReaderTransport;
};

export type ReaderTransport = 'rest' | 'graphql' | 'trpc';

/**
 * Events, as many as came since the last were taken, within a bound; or, at the beginning and whenever there was none for a
 * while, none. The cursor says how far the log has been told.
 */
export type Told = { readonly events: readonly GatewayEvent[]; readonly cursor: string };

export type EventWatch = {
  /** Ends with the lease. Whoever iterates it ends it; it may be begun once. */
  readonly told: AsyncGenerator<Told, void, undefined>;
};

/** What live readers share. */
export type WatchPorts = {
  readonly repository: EventLog;
  readonly cursors: EventCursors;
  readonly feed: EventFeed;
  /** How many readers there may be at once, in all and of one account. */
  readonly readers: Shares;
  /** How many of them may read what they have missed at once. */
  readonly catchingUp: Shares;
  readonly times: WatchTimes;
  /** What the pages weigh of which readers have not taken all yet; kept up to date here. */
  readonly held: { bytes: number };
  /** How many readers of each transport there are; kept up to date here. */
  readonly counts: { [transport in ReaderTransport]: number };
};

export type WatchTimes = {
  /** How long one may go on; half-open connections and withdrawn keys are found out then, if not before. */
  readonly leaseMs: number;
  /** So long after the last event the cursor is told. */
  readonly heartbeatMs: number;
};

export type WatchCall = CallOptions & WatchPorts & { readonly principal: Principal };

/** Leases end up to so much earlier, so that readers who came together do not come again together. */
const LEASE_JITTER = 0.2;
const PAGE_EVENTS = 200;
const PAGE_BYTES = 1024 * 1024;
/** Of all readers who are told a page, about: the fuller it is, the smaller are the pages. */
const HELD_BYTES = 32 * 1024 * 1024;
/** What one reader is handed at once, about: with thousands who take nothing, each keeps so much. */
const TOLD_BYTES = 16 * 1024;

/**
 * Begins to tell the account's events after the cursor `after`; without it, from the oldest that is kept.
 * @throws GatewayError `forbidden`, `invalid_input`, `cursor_gone`, `overloaded` when there are too many readers
 */
export async function watchEvents(input: WatchEventsInput, call: WatchCall): Promise<EventWatch> {
  const { principal, readers, counts, signal } = call;
  requireScope(principal, 'resources:read');
  const filter = parseEventFilter(input);
  const start = parseStart(input.after, call);
  const free = await readers.enter(principal.accountId, { signal });
  counts[input.transport] += 1;
  let isThere = true;
  let listener: Listener | null = null;
  const leave = () => {
    listener?.leave();
    if (isThere) counts[input.transport] -= 1;
    isThere = false;
    free();
  };
  // Who leaves before it has begun to read never comes to the end of it.
  signal.addEventListener('abort', leave, { once: true });
  try {
    const joined = await call.feed.join({ accountId: principal.accountId, filter, signal });
    ({ listener } = joined);
    const { log } = joined;
    signal.throwIfAborted();
    if (start !== LATEST) start.requireKnown(log);
    const position = start === LATEST ? log.end : start.position;
    return { told: tell({ listener, filter, position, epoch: log.epoch }, { ...call, leave }) };
  } catch (error) {
    leave();
    throw error;
  }
}

type Place = {
  readonly listener: Listener;
  readonly filter: EventFilter;
  readonly position: LogPosition;
  readonly epoch: string;
};

async function* tell(place: Place, call: WatchCall & { leave(): void }): AsyncGenerator<Told, void, undefined> {
  const { principal, leave } = call;
  const leaseMs = call.times.leaseMs * (1 - LEASE_JITTER * Math.random());
  const lease = AbortSignal.timeout(Math.max(0, Math.round(Math.min(leaseMs, principal.expiresAtMs - Date.now()))));
  const signal = AbortSignal.any([call.signal, lease]);
  try {
    yield* follow({ ...place, ...call, signal });
  } catch (error) {
    // The end of the lease is no failure, and who has left is not there to hear of one.
    if (!signal.aborted) throw error;
  } finally {
    call.signal.removeEventListener('abort', leave);
    leave();
  }
}

async function* follow(reading: Place & WatchCall): AsyncGenerator<Told, void, undefined> {
  const { listener, filter, position: start, epoch, signal, cursors } = reading;
  const { accountId } = reading.principal;
  const { heartbeatMs } = reading.times;
  let position = start;
  let toldMs = performance.now();
  const nothing = (): Told => ({ events: [], cursor: cursors.toCursor(position, { accountId, epoch }) });
  yield nothing();

  while (!signal.aborted && listener.ended === null) {
    if (listener.isBehind || comparePositions(position, listener.since) < 0) {
      // From here on the queue has what comes; the log has what is between.
      if (listener.isBehind) listener.restart();
      const page = await catchUp({ accountId, after: position, filter }, reading);
      requireKnown({ position, epoch }, page.log);
      reading.held.bytes += page.bytes;
      try {
        for (const events of toPieces(page.events.map((event) => cursors.toEvent(event, epoch)))) {
          yield toTold(events);
          toldMs = performance.now();
        }
      } finally {
        reading.held.bytes -= page.bytes;
      }
      ({ position } = page);
    } else {
      const taken = listener.take(TOLD_BYTES);
      const events = taken.filter((event) => comparePositions(event.position, position) > 0);
      const last = events.at(-1);
      if (last !== undefined) {
        ({ position } = last);
        yield toTold(events);
        toldMs = performance.now();
      }
      if (taken.length > 0) continue;
      const { seen } = listener;
      if (seen !== null && comparePositions(seen, position) > 0) position = seen;
      await listener.wait(Math.max(0, toldMs + heartbeatMs - performance.now()), signal);
    }
    if (performance.now() - toldMs >= heartbeatMs) {
      yield nothing();
      toldMs = performance.now();
    }
  }
}

const toTold = (events: readonly GatewayEvent[]): Told => ({ events, cursor: events.at(-1)?.cursor ?? '' });

function* toPieces(events: readonly GatewayEvent[]): Generator<GatewayEvent[]> {
  let piece: GatewayEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    piece.push(event);
    bytes += event.bytes;
    if (bytes < TOLD_BYTES) continue;
    yield piece;
    [piece, bytes] = [[], 0];
  }
  if (piece.length > 0) yield piece;
}

/** One page of what comes after the cursor, when it is this reader's turn. */
async function catchUp(
  query: { readonly accountId: string; readonly after: LogPosition; readonly filter: EventFilter },
  { repository, catchingUp, held, signal }: WatchCall,
) {
  const leave = await catchingUp.enter(query.accountId, { signal });
  try {
    const maxBytes = Math.max(TOLD_BYTES, Math.min(PAGE_BYTES, Math.floor((HELD_BYTES - held.bytes) / 8)));
    const bounds = { maxCount: PAGE_EVENTS, maxScanned: MAX_SCANNED_EVENTS, maxBytes };
    return await repository.followEvents({ ...query, ...bounds }, { signal });
  } finally {
    leave();
  }
}
