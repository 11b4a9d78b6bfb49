// Live events: one look at the log serves all readers of this process, and none is taken while nobody reads.
import { GatewayError } from '../errors.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { LogPosition } from './event.ts';
import type { EventCursors } from './event-cursor.ts';
import { createListeners, type Joined, type ListenerOptions } from './listeners.ts';
import type { EventLog, EventPage } from './ports.ts';

export type EventFeed = {
  /**
   * A listener of an account, and how the log stands; whoever joins leaves. All who join at about the same time are told by
   * one look.
   * @throws what the look failed with; GatewayError `overloaded` when the process stops; the signal's reason when it aborts
   */
  join(options: CallOptions & ListenerOptions): Promise<Joined>;
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

/** A feed over the log; it looks at nothing until somebody joins. */
export function createEventFeed({ log, cursors, pollMs, onFailure }: EventFeedOptions): EventFeed {
  let position: LogPosition | null = null;
  const listeners = createListeners(() => position);
  let epoch: string | null = null;
  let timer: NodeJS.Timeout | null = null;
  let dueMs = 0;
  let isLooking = false;
  let lastLookMs = 0;
  /** How long to wait for what was under way at the last look; grows while that goes on. */
  let openPauseMs = MIN_GAP_MS;
  const closing = new AbortController();

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
    if (listeners.isIdle()) {
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
      listeners.refuse(error);
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
    listeners.admit(after);
    const accountIds = listeners.accountIds();
    if (accountIds.length === 0) {
      position = null;
      return null;
    }
    const query = { accountIds, after, maxCount: MAX_EVENTS_A_LOOK, maxBytes: MAX_BYTES_A_LOOK };
    const page = await log.readNews(query, { signal });
    if (page.log.epoch !== epoch) {
      ({ epoch, end: position } = page.log);
      listeners.beginAnew(epoch);
      listeners.settle(page.log);
      return page;
    }
    for (const event of page.events) {
      if (listeners.has(event.accountId)) listeners.deliver(cursors.toEvent(event, page.log.epoch));
    }
    position = page.position;
    listeners.settle(page.log);
    return page;
  }

  return {
    async join({ signal, ...options }) {
      if (closing.signal.aborted) throw stopping();
      const joined = listeners.enter(options, signal);
      lookSoon();
      return await joined;
    },
    wake(accountId) {
      if (listeners.has(accountId)) lookSoon();
    },
    close() {
      closing.abort();
      if (timer !== null) clearTimeout(timer);
      listeners.refuse(stopping());
      listeners.endAll();
    },
  };
}

function stopping(): GatewayError<'overloaded'> {
  return new GatewayError('overloaded', { what: 'the gateway is stopping', retryAfterSeconds: 1 });
}
