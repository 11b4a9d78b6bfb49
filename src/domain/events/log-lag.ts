// How far the log is behind: for how long its end has stood where it is, held there by a transaction that is under way.
import type { CallOptions } from '../flow/stream.ts';
import type { EventLog } from './ports.ts';

export type LogLag = {
  /** In milliseconds, as far as measurements have seen; 0 when nothing holds it. @throws what reading the log throws */
  measure(options: CallOptions): Promise<number>;
};

export function createLogLag(log: Pick<EventLog, 'readLogState'>, { now }: { readonly now: () => number }): LogLag {
  let held: { readonly xid: bigint; readonly sinceMs: number } | null = null;
  return {
    async measure(options) {
      const { end, hasOpen } = await log.readLogState(options);
      if (!hasOpen) held = null;
      else if (held === null || held.xid !== end.xid) held = { xid: end.xid, sinceMs: now() };
      return held === null ? 0 : now() - held.sinceMs;
    },
  };
}
