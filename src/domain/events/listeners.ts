// Who reads live, and what each is held until it takes it: little for who reads slowly. What does not fit is left out, and
// read from the log again.
import { type GatewayEvent, LOG_START, type LogPosition } from './event.ts';
import type { EventFilter } from './event-filter.ts';
import { createFilterIndex, type FilterIndex } from './filter-index.ts';
import type { LogState } from './ports.ts';

/** What one reader is held, until it takes it. */
export type Listener = {
  /** Events after this place are queued, as they come. */
  readonly since: LogPosition;
  /** The next events that are queued, if any: at least one, and no more than weigh `maxBytes`, about. */
  take(maxBytes: number): GatewayEvent[];
  /** Whether events were left out since there was no room: they are in the log, after what was taken last. */
  readonly isBehind: boolean;
  /** Up to here nothing is missing in the queue; null when something is. */
  readonly seen: LogPosition | null;
  /** Empties the queue, which holds from now on what comes after the new `since`. */
  restart(): void;
  /** Why no more will come, or null: the log is another one, or the process stops. */
  readonly ended: 'epoch' | 'closed' | null;
  /** Resolves when there is something new to look at, after `ms` at most, and when `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  leave(): void;
};

export type ListenerOptions = {
  readonly accountId: string;
  readonly filter: EventFilter;
};

/** A listener, and how the log stood when it was looked at for it first: not before it came. */
export type Joined = { readonly listener: Listener; readonly log: LogState };

/** Of one listener, and of all: an event that several wait for counts once. */
const MAX_QUEUED = 256;
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
/** In one turn of the event loop, so that what thousands are told holds up nothing else that the process does. */
const MAX_WOKEN = 32;

type Queued = { readonly event: GatewayEvent; holders: number };

type Member = ListenerOptions & {
  queue: Queued[];
  isBehind: boolean;
  since: LogPosition;
  ended: Listener['ended'];
  /** Of the log that it knows; null until it has been told how the log stands. It ends when the log has another one. */
  epoch: string | null;
  /** How the log stands. */
  readonly joined: PromiseWithResolvers<LogState>;
  /** Called when there is something new to look at. */
  notify: (() => void) | null;
};

type Room = {
  readonly everybody: Set<Member>;
  /** But for those who are behind: they are told by the log, and cost nothing until they ask. */
  readonly listening: FilterIndex<Member>;
};

export type Listeners = {
  /** Whether nobody is there, and nobody waits to be admitted. */
  isIdle(): boolean;
  /** Whether anybody of this account has been admitted. */
  has(accountId: string): boolean;
  /** Of whom somebody has been admitted. */
  accountIds(): string[];
  /**
   * Waits to be admitted, and to be told how the log stands.
   * @throws what the look failed with, the signal's reason when it aborts before
   */
  enter(options: ListenerOptions, signal: AbortSignal): Promise<Joined>;
  /** Who has come is part of the look that begins now after `since`, and of no earlier one. */
  admit(since: LogPosition): void;
  /** Tells those who have been admitted to this look how the log stands. */
  settle(log: LogState): void;
  /** Turns away who waits. */
  refuse(error: unknown): void;
  /** Queues an event for whoever of its account wants it. */
  deliver(event: GatewayEvent): void;
  /** The log is another one: who knew the one before ends, and is told why when it comes again with its cursor. */
  beginAnew(epoch: string): void;
  endAll(): void;
};

/** Nobody yet. `seen` gives up to where the log has been looked at; null: nowhere yet. */
export function createListeners(seen: () => LogPosition | null): Listeners {
  const rooms = new Map<string, Room>();
  const joining = new Set<Member>();
  const admitted = new Set<Member>();
  const due = new Set<Member>();
  let queuedBytes = 0;

  /** Soon. What is queued for it until then, it takes in one. */
  function wake(member: Member): void {
    if (member.notify === null) return;
    if (due.size === 0) setImmediate(wakeDue);
    due.add(member);
  }

  function wakeDue(): void {
    let woken = 0;
    for (const member of due) {
      due.delete(member);
      member.notify?.();
      woken += 1;
      if (woken === MAX_WOKEN) break;
    }
    if (due.size > 0) setImmediate(wakeDue);
  }

  function enqueue(member: Member, queued: Queued): void {
    const bytes = queued.holders === 0 ? queued.event.bytes : 0;
    if (member.queue.length >= MAX_QUEUED || queuedBytes + bytes > MAX_QUEUED_BYTES) {
      fallBehind(member);
    } else {
      member.queue.push(queued);
      queued.holders += 1;
      queuedBytes += bytes;
    }
    wake(member);
  }

  function release(queued: Queued): void {
    queued.holders -= 1;
    if (queued.holders === 0) queuedBytes -= queued.event.bytes;
  }

  function clear(member: Member): void {
    for (const queued of member.queue) release(queued);
    member.queue = [];
  }

  function fallBehind(member: Member): void {
    clear(member);
    member.isBehind = true;
    rooms.get(member.accountId)?.listening.delete(member);
  }

  function leave(member: Member): void {
    clear(member);
    for (const waiting of [joining, admitted, due]) waiting.delete(member);
    const room = rooms.get(member.accountId);
    room?.everybody.delete(member);
    room?.listening.delete(member);
    if (room?.everybody.size === 0) rooms.delete(member.accountId);
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
        return member.isBehind || member.queue.length > 0 ? null : seen();
      },
      take(maxBytes) {
        let count = 0;
        for (let bytes = 0; count < member.queue.length && (count === 0 || bytes < maxBytes); count += 1) {
          bytes += member.queue[count]?.event.bytes ?? 0;
        }
        const taken = member.queue.splice(0, count);
        for (const queued of taken) release(queued);
        return taken.map(({ event }) => event);
      },
      restart() {
        clear(member);
        member.isBehind = false;
        rooms.get(member.accountId)?.listening.add(member);
        // A look that is under way gives what comes after this place.
        member.since = seen() ?? member.since;
      },
      wait(ms, signal) {
        if (member.queue.length > 0 || member.isBehind || member.ended !== null) return Promise.resolve();
        return waitFor(member, signal, ms);
      },
      leave: () => leave(member),
    };
  }

  return {
    isIdle: () => rooms.size === 0 && joining.size === 0,
    has: (accountId) => rooms.has(accountId),
    accountIds: () => [...rooms.keys()],
    async enter(options, signal) {
      signal.throwIfAborted();
      const joined = Promise.withResolvers<LogState>();
      const member: Member = {
        ...options,
        queue: [],
        isBehind: false,
        since: LOG_START,
        ended: null,
        epoch: null,
        joined,
        notify: null,
      };
      joining.add(member);
      const abort = () => joined.reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      try {
        return { listener: toListener(member), log: await joined.promise };
      } catch (error) {
        leave(member);
        throw error;
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    admit(since) {
      for (const member of joining) {
        member.since = since;
        admitted.add(member);
        let room = rooms.get(member.accountId);
        if (room === undefined) {
          room = { everybody: new Set(), listening: createFilterIndex() };
          rooms.set(member.accountId, room);
        }
        room.everybody.add(member);
        room.listening.add(member);
      }
      joining.clear();
    },
    settle(log) {
      for (const member of admitted) {
        member.epoch = log.epoch;
        member.joined.resolve(log);
      }
      admitted.clear();
    },
    refuse(error) {
      for (const member of [...joining, ...admitted]) member.joined.reject(error);
    },
    deliver(event) {
      const queued: Queued = { event, holders: 0 };
      for (const member of rooms.get(event.accountId)?.listening.wanting(event) ?? []) enqueue(member, queued);
    },
    beginAnew(epoch) {
      for (const member of [...rooms.values()].flatMap(({ everybody }) => [...everybody])) {
        fallBehind(member);
        if (member.epoch !== null && member.epoch !== epoch) member.ended = 'epoch';
        wake(member);
      }
    },
    endAll() {
      for (const { everybody } of rooms.values()) {
        for (const member of everybody) {
          member.ended = 'closed';
          member.notify?.();
        }
      }
    },
  };
}

/** Until the member is notified, the signal aborts or the time is over. */
function waitFor(member: Member, signal: AbortSignal, ms: number): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      member.notify = null;
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    member.notify = end;
  });
}
