// The log in PostgreSQL: read, watched and kept small. It is written by the statements that change what it tells of.
import { randomBytes } from 'node:crypto';
import type { EventLog } from '../../domain/events/ports.ts';
import type { CallOptions } from '../../domain/flow/stream.ts';
import type { Row, Run, Statement } from '../database/database.ts';
import { createDropStatement, createMarkStatement, EVENT_SLOTS, toDropped } from './drop-events.ts';
import {
  createReadEventsStatement,
  createReadNewsStatement,
  createReadStateStatement,
  createRenewStatement,
  isCurrent,
  toEventPage,
  toLogState,
} from './read-events.ts';

const EPOCH_BYTES = 4;
const MAX_RENEWALS = 3;

/** What the log needs beside `EventLog`: to be told of commits. */
export type WrittenEventLog = EventLog & {
  /** To be called after every commit that wrote events. */
  tellCommitted(accountId: string, events: number): void;
};

/** The log over `run`; it owns nothing. */
export function createEventLog(run: Run): WrittenEventLog {
  const listeners: ((accountId: string, events: number) => void)[] = [];

  /** Reads the log of this database and this server: one that was restored or has been taken over begins anew first. */
  async function read(statement: Statement, options: CallOptions & { accountId?: string }): Promise<readonly Row[]> {
    for (let attempt = 1; ; attempt += 1) {
      const rows = await run(statement, options);
      if (isCurrent(rows)) return rows;
      if (attempt > MAX_RENEWALS) throw new Error('the log of events could not be begun anew');
      await run(createRenewStatement(randomBytes(EPOCH_BYTES).toString('hex')), { signal: options.signal });
    }
  }

  return {
    async readEvents(query, { signal }) {
      const rows = await read(createReadEventsStatement(query), { signal, accountId: query.accountId });
      return toEventPage(rows, query);
    },
    async followEvents(query, { signal }) {
      return toEventPage(await read(createReadEventsStatement(query), { signal }), query);
    },
    async readNews(query, { signal }) {
      return toEventPage(await read(createReadNewsStatement(query), { signal }), {
        ...query,
        maxScanned: query.maxCount,
      });
    },
    async readLogState({ signal }) {
      return toLogState(await read(createReadStateStatement(), { signal }));
    },
    onCommitted: (listener) => void listeners.push(listener),
    tellCommitted(accountId, events) {
      for (const listener of listeners) listener(accountId, events);
    },
    async dropEvents({ ttlMs, signal }) {
      await read(createReadStateStatement(), { signal });
      await run(createMarkStatement({ ttlMs }), { signal });
      let dropped = 0;
      for (let slot = 0; slot < EVENT_SLOTS; slot += 1) {
        if (toDropped(await run(createDropStatement({ slot, ttlMs }), { signal }))) dropped += 1;
      }
      return dropped;
    },
  };
}
