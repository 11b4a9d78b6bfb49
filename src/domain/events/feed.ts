// Live events: one look at the log serves all readers of this process, and none is taken while nobody reads. It holds little
// for who reads slowly: what does not fit is read from the log again.
import type { CallOptions } from '../flow/stream.ts';
import { type GatewayEvent, LOG_START, type LogPosition } from './event.ts';
import type { EventCursors } from './event-cursor.ts';
import { type EventFilter, isWanted } from './event-filter.ts';
import type { EventLog, EventPage } from './ports.ts';

/** What one reader is held, until it takes it. */
export type Listener = {
  /** Events behind this place are queued, as they come. */
  readonly since: LogPosition;
  /** The next event, if one is queued. */
  take(): GatewayEvent | undefined;
  /** Whether events were left out since there was no room: they are in the log, behind what was taken last. */
  readonly isBehind: boolean;
  /** Up to here nothing is missing in the queue; null when something is. */
  readonly seen: LogPosition | null;
  /** Empties the queue, which holds from now on what lies behind the new `since`. */
  restart(): void;
  /** Why no more will come, or null: the log is another one, or the process stops. */
  readonly ended: 'epoch' | 'closed' | null;
  /** Resolves when there is something new to look at, after `ms` at most, and when `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  leave(): void;
};

export type EventFeed = {
  /**
   * A listener of an account, when its `since` is known; whoever joins leaves.
   * @throws the signal's reason when it aborts before
   */
  join(
    options: CallOptions & {
      readonly accountId: string;
      readonly filter: EventFilter;
      /** Of the log that the listener knows; it ends when the log has another one. */
      readonly epoch: string;
    },
  ): Promise<Listener>;
  /** Looks at the log soon, if anybody listens to this account. */
  wake(accountId: string): void;
  /** Ends all listeners, and looks no more. */
  close(): void;
};

export type EventFeedOptions = {
  readonly log: Pick<EventLog, 'readNews' | 'readLogState'>;
  readonly cursors: Pick<EventCursors, 'toEvent'>;
  /** How often the log is looked at for what other gateways wrote, while somebody listens. */
  readonly pollMs: number;
  /** Is told of each look that failed; the next one comes all the same. */
  readonly onFailure: (error: unknown) => void;
};

/** Changes that come closer together than this share one look. */
const MIN_GAP_MS = 15;
const MAX_EVENTS_A_LOOK = 1_000;
const MAX_BYTES_A_LOOK = 8 * 1024 * 1024;
const LOOK_TIMEOUT_MS = 10_000;
/** Of one listener, and of all: an event that several wait for counts once. */
const MAX_QUEUED = 256;
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;

type Queued = { readonly event: GatewayEvent; holders: number };

type Member = {
  readonly accountId: string;
  readonly filter: EventFilter;
  readonly epoch: string;
  queue: Queued[];
  isBehind: boolean;
  since: LogPosition;
  ended: Listener['ended'];
  /** Called when there is something new to look at, and when it has been admitted. */
  notify: (() => void) | null;
};

/** A feed over the log; it looks at nothing until somebody joins. */
export function createEventFeed({ log, cursors, pollMs, onFailure }: EventFeedOptions): EventFeed {
  const members = new Map<string, Set<Member>>();
  const joining = new Set<Member>();
  let position: LogPosition | null = null;
  let epoch: string | null = null;
  let queuedBytes = 0;
  let timer: NodeJS.Timeout | null = null;
  let dueMs = 0;
  let isLooking = false;
  let lastLookMs = 0;
  /** How long to wait for what was under way at the last look; grows while that goes on. */
  let openPauseMs = MIN_GAP_MS;
  const closing = new AbortController();

  const isIdle = () => members.size === 0 && joining.size === 0;

  function schedule(pauseMs: number): void {
    if (closing.signal.aborted) return;
    const atMs = performance.now() + pauseMs;
    if (timer !== null && dueMs <= atMs) return;
    if (timer !== null) clearTimeout(timer);
    dueMs = atMs;
    timer = setTimeout(look, pauseMs);
  }

  /** Soon, but not sooner than changes may gather. */
  function lookSoon(): void {
    openPauseMs = MIN_GAP_MS;
    schedule(Math.max(0, lastLookMs + MIN_GAP_MS - performance.now()));
  }

  async function look(): Promise<void> {
    timer = null;
    if (isLooking) {
      schedule(MIN_GAP_MS);
      return;
    }
    if (isIdle()) {
      position = null;
      return;
    }
    isLooking = true;
    lastLookMs = performance.now();
    try {
      const page = await read();
      if (page !== null) scheduleNext(page);
    } catch (error) {
      if (!closing.signal.aborted) onFailure(error);
      schedule(4 * pollMs);
    } finally {
      isLooking = false;
    }
  }

  function scheduleNext({ isEnd, log: { hasOpen } }: EventPage): void {
    if (!isEnd) schedule(0);
    else if (!hasOpen || openPauseMs >= pollMs) schedule(pollMs);
    else {
      schedule(openPauseMs);
      openPauseMs *= 2;
    }
  }

  async function read(): Promise<EventPage | null> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(LOOK_TIMEOUT_MS)]);
    if (position === null) {
      const state = await log.readLogState({ signal });
      position = state.end;
      epoch = state.epoch;
    }
    const after = position;
    admit(after);
    const accountIds = [...members.keys()];
    if (accountIds.length === 0) {
      position = null;
      return null;
    }
    const query = { accountIds, after, maxCount: MAX_EVENTS_A_LOOK, maxBytes: MAX_BYTES_A_LOOK };
    const page = await log.readNews(query, { signal });
    if (page.log.epoch !== epoch) {
      beginAnew(page);
      return page;
    }
    for (const event of page.events) {
      const listeners = members.get(event.accountId);
      if (listeners !== undefined) deliver(cursors.toEvent(event, page.log.epoch), listeners);
    }
    position = page.position;
    return page;
  }

  /** Of another log: who knew the one before ends, and is told why when it comes again with its cursor. */
  function beginAnew({ log: { epoch: newEpoch, end } }: EventPage): void {
    epoch = newEpoch;
    position = end;
    for (const member of [...members.values()].flatMap((listeners) => [...listeners])) {
      clear(member);
      member.isBehind = true;
      if (member.epoch !== newEpoch) member.ended = 'epoch';
      member.notify?.();
    }
  }

  /** Who has joined is part of the look that begins now, and of no earlier one. */
  function admit(since: LogPosition): void {
    for (const member of joining) {
      member.since = since;
      const others = members.get(member.accountId);
      if (others === undefined) members.set(member.accountId, new Set([member]));
      else others.add(member);
      member.notify?.();
    }
    joining.clear();
  }

  function deliver(event: GatewayEvent, listeners: ReadonlySet<Member>): void {
    const queued: Queued = { event, holders: 0 };
    for (const member of listeners) {
      if (!member.isBehind && isWanted(event, member.filter)) enqueue(member, queued);
    }
  }

  function enqueue(member: Member, queued: Queued): void {
    const bytes = queued.holders === 0 ? queued.event.bytes : 0;
    if (member.queue.length >= MAX_QUEUED || queuedBytes + bytes > MAX_QUEUED_BYTES) {
      clear(member);
      member.isBehind = true;
    } else {
      member.queue.push(queued);
      queued.holders += 1;
      queuedBytes += bytes;
    }
    member.notify?.();
  }

  function release(queued: Queued): void {
    queued.holders -= 1;
    if (queued.holders === 0) queuedBytes -= queued.event.bytes;
  }

  function clear(member: Member): void {
    for (const queued of member.queue) release(queued);
    member.queue = [];
  }

  function endAll(): void {
    for (const listeners of [joining, ...members.values()]) {
      for (const member of listeners) {
        member.ended = 'closed';
        member.notify?.();
      }
    }
  }

  function leave(member: Member): void {
    clear(member);
    joining.delete(member);
    const others = members.get(member.accountId);
    others?.delete(member);
    if (others?.size === 0) members.delete(member.accountId);
  }

  function toListener(member: Member): Listener {
    return {
      get since() {
        return member.since;
      },
      get isBehind() {
        return member.isBehind;
      },
      get ended() {
        return member.ended;
      },
      get seen() {
        return member.isBehind || member.queue.length > 0 ? null : position;
      },
      take() {
        const queued = member.queue.shift();
        if (queued !== undefined) release(queued);
        return queued?.event;
      },
      restart() {
        clear(member);
        member.isBehind = false;
        // A look that is under way gives what lies behind this place.
        member.since = position ?? member.since;
      },
      wait(ms, signal) {
        if (member.queue.length > 0 || member.isBehind || member.ended !== null) return Promise.resolve();
        return waitFor(member, signal, ms);
      },
      leave: () => leave(member),
    };
  }

  return {
    async join({ accountId, filter, epoch, signal }) {
      signal.throwIfAborted();
      const who = { accountId, filter, epoch };
      const member: Member = { ...who, queue: [], isBehind: false, since: LOG_START, ended: null, notify: null };
      if (closing.signal.aborted) return toListener({ ...member, ended: 'closed' });
      joining.add(member);
      lookSoon();
      await waitFor(member, signal);
      if (signal.aborted) {
        leave(member);
        throw signal.reason;
      }
      return toListener(member);
    },
    wake(accountId) {
      if (members.has(accountId)) lookSoon();
    },
    close() {
      closing.abort();
      if (timer !== null) clearTimeout(timer);
      endAll();
    },
  };
}

/** Until the member is notified, the signal aborts or the time is over. */
function waitFor(member: Member, signal: AbortSignal, ms?: number): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      member.notify = null;
      resolve();
    };
    const timer = ms === undefined ? undefined : setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    member.notify = end;
  });
}
