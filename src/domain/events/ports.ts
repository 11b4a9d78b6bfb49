// What events need from the records: the log, written with every change and read below what is still under way.
import type { CallOptions } from '../flow/stream.ts';
import type { LoggedEvent, LogPosition } from './event.ts';
import type { EventFilter } from './event-filter.ts';

/** How the log stands at one moment. */
export type LogState = {
  /** Eight hex digits. Another one than a cursor's says that the log may no longer be the one that the cursor was given for. */
  readonly epoch: string;
  readonly era: number;
  /** No transaction has this number yet, or a higher one. */
  readonly nextXid: bigint;
  /** Behind it, and up to a lower era's end, nothing has been dropped yet. */
  readonly dropped: { readonly era: number; readonly xid: bigint };
  /**
   * The end: every event that is not after it is there, and none will ever come to be. What is under way comes after it,
   * and so does what was committed while something older is under way.
   */
  readonly end: LogPosition;
  /** Whether something was under way, so that events after the end may be there already. */
  readonly hasOpen: boolean;
};

/** A page of an account's events after the place `after`, oldest first. */
export type EventQuery = {
  readonly accountId: string;
  readonly after: LogPosition;
  readonly filter: EventFilter;
  readonly maxCount: number;
  /** How many events may be looked at to fill the page. */
  readonly maxScanned: number;
  /** The page ends with the first event at which all so far weigh as much; so it has one, however heavy. */
  readonly maxBytes: number;
};

export type EventPage = {
  readonly events: readonly LoggedEvent[];
  /** Everything up to here has been looked at: where to go on. The log's end when `isEnd`. */
  readonly position: LogPosition;
  /** Whether the log ended there. */
  readonly isEnd: boolean;
  /** What the events weigh, about. */
  readonly bytes: number;
  readonly log: LogState;
};

/** The events of several accounts after one place. */
export type NewsQuery = {
  readonly accountIds: readonly string[];
  readonly after: LogPosition;
  readonly maxCount: number;
  readonly maxBytes: number;
};

export type EventLog = {
  /** Reads a page, within the account's share of what runs at once. May be repeated. */
  readEvents(query: EventQuery, options: CallOptions): Promise<EventPage>;
  /** The same for who follows the log: not within the account's share, so that whoever calls it keeps to a few at once. */
  followEvents(query: EventQuery, options: CallOptions): Promise<EventPage>;
  /** The same for many accounts at once, without a filter; costs next to nothing when nothing has been committed since. */
  readNews(query: NewsQuery, options: CallOptions): Promise<EventPage>;
  /** Where the log ends now. */
  readLogState(options: CallOptions): Promise<LogState>;
  /** Calls `listener` whenever this process has committed changes of an account, with how many events they wrote. */
  onCommitted(listener: (accountId: string, events: number) => void): void;
  /**
   * Drops events older than `ttlMs`, some days at a time; an event goes within a week after that. To be called at least once
   * a day. May be repeated, also by several at once. Gives how many parts of the log were dropped.
   */
  dropEvents(options: CallOptions & { readonly ttlMs: number }): Promise<number>;
};
