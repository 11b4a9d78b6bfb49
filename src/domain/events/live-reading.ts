// What the live readers of one process share, and within which bounds.
import { createShares } from '../caller/shares.ts';
import { createEventFeed, type EventFeedOptions } from './feed.ts';
import type { WatchPorts } from './watch-events.ts';

export type LiveReading = Omit<WatchPorts, 'repository' | 'cursors'>;

/** What other gateways wrote is seen after this time at most, and while nobody reads nothing is looked at. */
const POLL_MS = 250;
const WATCH_TIMES = {
  leaseMs: 300_000,
  // Less than the 15 seconds that are promised, by what it may take to be sent.
  heartbeatMs: 10_000,
};
/** Who is refused comes again by itself: nobody waits. */
const READER_SHARES = {
  max: 10_000,
  maxPerAccount: 5_000,
  waitMs: 0,
  maxWaitingPerAccount: 0,
  full: 'too many readers of live events are connected',
};
/** Beside what other calls may take of the database's connections. */
const CATCH_UP_SHARES = {
  max: 2,
  maxPerAccount: 1,
  waitMs: 300_000,
  maxWaitingPerAccount: READER_SHARES.maxPerAccount,
  full: 'too many readers are reading what they have missed',
};

/** Nobody reads yet; the feed is its owner's to close. */
export function createLiveReading(options: Omit<EventFeedOptions, 'pollMs'>): LiveReading {
  return {
    feed: createEventFeed({ ...options, pollMs: POLL_MS }),
    readers: createShares(READER_SHARES),
    catchingUp: createShares(CATCH_UP_SHARES),
    held: { bytes: 0 },
    times: WATCH_TIMES,
    counts: { rest: 0, graphql: 0, trpc: 0 },
  };
}
