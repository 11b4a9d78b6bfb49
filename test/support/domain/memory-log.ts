// A log of events in memory, as the feed and its readers need one: what is written is there at once, unless it is held back.
import { randomBytes, randomUUID } from 'node:crypto';
import { comparePositions, type LoggedEvent, type LogPosition } from '../../../src/domain/events/event.ts';
import { CURSOR_SECRET_BYTES, createEventCursors } from '../../../src/domain/events/event-cursor.ts';
import { isWanted } from '../../../src/domain/events/event-filter.ts';
import type { EventLog, EventPage, EventQuery, LogState, NewsQuery } from '../../../src/domain/events/ports.ts';

export type MemoryLog = EventLog & {
  /** Commits an event, and tells nobody. */
  write(changes?: Partial<LoggedEvent>): LoggedEvent;
  /** Begins another epoch, as after a dump was restored. */
  restore(): void;
  /** How often each method has been called. */
  readonly calls: { [name: string]: number };
  /** Makes every look fail while it is set. */
  failure: Error | null;
};

export const cursors = createEventCursors(randomBytes(CURSOR_SECRET_BYTES));

export function createMemoryLog(): MemoryLog {
  const events: LoggedEvent[] = [];
  const calls: { [name: string]: number } = {};
  let lastXid = 1n;
  let epoch = randomBytes(4).toString('hex');

  const state = (): LogState => ({
    epoch,
    era: 0,
    nextXid: lastXid + 1n,
    dropped: { era: 0, xid: 0n },
    end: { era: 0, xid: lastXid + 1n, id: 0n },
    hasOpen: false,
  });

  function read(
    fits: (event: LoggedEvent) => boolean,
    { after, maxCount, maxScanned }: { after: LogPosition; maxCount: number; maxScanned: number },
  ): EventPage {
    if (log.failure !== null) throw log.failure;
    const scanned = events.filter(({ position }) => comparePositions(position, after) > 0).slice(0, maxScanned);
    const found = scanned.filter(fits).slice(0, maxCount);
    const isEnd = scanned.length < maxScanned && found.length < maxCount;
    const last = found.length === maxCount ? found.at(-1) : scanned.at(-1);
    const position = isEnd || last === undefined ? state().end : last.position;
    return { events: found, position, isEnd, bytes: 0, log: state() };
  }

  const count = (name: string) => {
    calls[name] = (calls[name] ?? 0) + 1;
  };
  const readOf = (name: string) => async (query: EventQuery) => {
    count(name);
    return read((event) => event.accountId === query.accountId && isWanted(event, query.filter), query);
  };

  const log: MemoryLog = {
    calls,
    failure: null,
    readEvents: readOf('readEvents'),
    followEvents: readOf('followEvents'),
    async readNews({ accountIds, ...query }: NewsQuery) {
      count('readNews');
      return read((event) => accountIds.includes(event.accountId), { ...query, maxScanned: Number.MAX_SAFE_INTEGER });
    },
    async readLogState() {
      count('readLogState');
      return state();
    },
    onCommitted: () => {},
    dropEvents: async () => 0,
    write(changes = {}) {
      lastXid += 1n;
      const event: LoggedEvent = {
        accountId: 'acme',
        position: { era: 0, xid: lastXid, id: lastXid },
        type: 'directory.deleted',
        subject: null,
        directoryPath: '/a',
        otherPath: null,
        data: { kind: 'deleted', path: '/a', deleted: 1, isComplete: true },
        createdAt: new Date(),
        bytes: 100,
        ...changes,
      };
      events.push(event);
      return event;
    },
    restore() {
      epoch = randomUUID().slice(0, 8);
    },
  };
  return log;
}
