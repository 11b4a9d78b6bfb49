// Who reads live, and what each is held until it takes it: little for who reads slowly. What does not fit is left out, and
// read from the log again.
import { type GatewayEvent, LOG_START, type LogPosition } from './event.ts';
import { type EventFilter, isWanted } from './event-filter.ts';

/** What one reader is held, until it takes it. */
export type Listener = {
  /** Events after this place are queued, as they come. */
  readonly since: LogPosition;
  /** The next event, if one is queued. */
  take(): GatewayEvent | undefined;
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
  /** Of the log that the listener knows; it ends when the log has another one. */
  readonly epoch: string;
};

/** Of one listener, and of all: an event that several wait for counts once. */
const MAX_QUEUED = 256;
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;

type Queued = { readonly event: GatewayEvent; holders: number };

type Member = ListenerOptions & {
  queue: Queued[];
  isBehind: boolean;
  since: LogPosition;
  ended: Listener['ended'];
  /** Called when there is something new to look at, and when it has been admitted. */
  notify: (() => void) | null;
};

export type Listeners = {
  /** Whether nobody is there, and nobody waits to be admitted. */
  isIdle(): boolean;
  /** Whether anybody of this account has been admitted. */
  has(accountId: string): boolean;
  /** Of whom somebody has been admitted. */
  accountIds(): string[];
  /** A listener that has been admitted, or a rejection with the signal's reason when it aborts before. */
  enter(options: ListenerOptions, signal: AbortSignal): Promise<Listener>;
  /** Who has come is part of the look that begins now after `since`, and of no earlier one. */
  admit(since: LogPosition): void;
  /** Queues an event for whoever of its account wants it. */
  deliver(event: GatewayEvent): void;
  /** The log is another one: who knew the one before ends, and is told why when it comes again with its cursor. */
  beginAnew(epoch: string): void;
  endAll(): void;
};

/** Nobody yet. `seen` gives up to where the log has been looked at; null: nowhere yet. */
export function createListeners(seen: () => LogPosition | null): Listeners {
  const members = new Map<string, Set<Member>>();
  const joining = new Set<Member>();
  let queuedBytes = 0;

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
        return member.isBehind || member.queue.length > 0 ? null : seen();
      },
      take() {
        const queued = member.queue.shift();
        if (queued !== undefined) release(queued);
        return queued?.event;
      },
      restart() {
        clear(member);
        member.isBehind = false;
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
    isIdle: () => members.size === 0 && joining.size === 0,
    has: (accountId) => members.has(accountId),
    accountIds: () => [...members.keys()],
    async enter(options, signal) {
      const member: Member = {
        ...options,
        queue: [],
        isBehind: false,
        since: LOG_START,
        ended: null,
        notify: null,
      };
      joining.add(member);
      await waitFor(member, signal);
      if (signal.aborted) {
        leave(member);
        throw signal.reason;
      }
      return toListener(member);
    },
    admit(since) {
      for (const member of joining) {
        member.since = since;
        const others = members.get(member.accountId);
        if (others === undefined) members.set(member.accountId, new Set([member]));
        else others.add(member);
        member.notify?.();
      }
      joining.clear();
    },
    deliver(event) {
      const queued: Queued = { event, holders: 0 };
      for (const member of members.get(event.accountId) ?? []) {
        if (!member.isBehind && isWanted(event, member.filter)) enqueue(member, queued);
      }
    },
    beginAnew(epoch) {
      for (const member of [...members.values()].flatMap((listeners) => [...listeners])) {
        clear(member);
        member.isBehind = true;
        if (member.epoch !== epoch) member.ended = 'epoch';
        member.notify?.();
      }
    },
    endAll() {
      for (const listeners of [joining, ...members.values()]) {
        for (const member of listeners) {
          member.ended = 'closed';
          member.notify?.();
        }
      }
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
