// The log as a test reads it: whole, and in the order that it has.
import { LOG_START, type LoggedEvent, type LogPosition } from '../../../src/domain/events/event.ts';
import { EVERY_EVENT, type EventFilter } from '../../../src/domain/events/event-filter.ts';
import type { EventLog } from '../../../src/domain/events/ports.ts';

type ReadOptions = {
  readonly accountId?: string;
  readonly after?: LogPosition;
  readonly filter?: EventFilter;
  readonly maxCount?: number;
  readonly maxScanned?: number;
  readonly maxBytes?: number;
};

/**
 * Resolves when nothing is under way any more that was when it was called: transactions of other tests, on the same server,
 * hold back the log's end as well.
 */
export async function settle(log: EventLog): Promise<void> {
  const options = { signal: AbortSignal.timeout(30_000) };
  const { nextXid } = await log.readLogState(options);
  while ((await log.readLogState(options)).end.xid < nextXid);
}

/** Every event behind `after` that has been committed, page by page. */
export async function readAll(log: EventLog, options: ReadOptions = {}): Promise<LoggedEvent[]> {
  const {
    accountId = 'acme',
    filter = EVERY_EVENT,
    maxCount = 100,
    maxScanned = 1_000,
    maxBytes = 1_000_000,
  } = options;
  await settle(log);
  const found: LoggedEvent[] = [];
  let after = options.after ?? LOG_START;
  for (let isEnd = false; !isEnd; ) {
    const query = { accountId, after, filter, maxCount, maxScanned, maxBytes };
    const page = await log.readEvents(query, { signal: AbortSignal.timeout(30_000) });
    found.push(...page.events);
    after = page.position;
    isEnd = page.isEnd;
  }
  return found;
}
