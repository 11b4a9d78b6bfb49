// What the log tells: one event for each change, in an order that never contradicts the order of commits.
import type { Resource } from '../resource.ts';

export const EVENT_TYPES = [
  'resource.created',
  'resource.updated',
  'resource.replaced',
  'resource.trashed',
  'resource.restored',
  'resource.deleted',
  'directory.moved',
  'directory.deleted',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/**
 * A place in the log: right after the event that has these numbers, whether or not it exists. `xid` is the database's
 * number of a transaction, `id` tells events of one such number apart, `era` is above both: it grows when a restored dump brings
 * events whose transactions were another database's.
 */
export type LogPosition = { readonly era: number; readonly xid: bigint; readonly id: bigint };

/** Before all events. */
export const LOG_START: LogPosition = { era: 0, xid: 0n, id: 0n };

/** Negative, 0 or positive, as `a` is before, equal to or after `b`. */
export function comparePositions(a: LogPosition, b: LogPosition): number {
  if (a.era !== b.era) return a.era - b.era;
  if (a.xid !== b.xid) return a.xid < b.xid ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

/** What a change of a resource may have changed. */
export type ChangedField = 'name' | 'directoryPath' | 'tags' | 'metadata';

/** What an event tells. */
export type EventData =
  /** The resource as it was then; of an update, what is other than before, which may be nothing but `updatedAt`. */
  | { readonly kind: 'resource'; readonly resource: Resource; readonly changed: readonly ChangedField[] | null }
  /** `moved` resources lie under `to` instead of `from` now. */
  | { readonly kind: 'moved'; readonly from: string; readonly to: string; readonly moved: number }
  /** `deleted` resources of the directory are gone; a large one goes in several parts, of which the last is complete. */
  | { readonly kind: 'deleted'; readonly path: string; readonly deleted: number; readonly isComplete: boolean };

/** One event as it stands in the log. */
export type LoggedEvent = {
  readonly accountId: string;
  readonly position: LogPosition;
  readonly type: EventType;
  /** The resource's id; null for what is told of a directory. */
  readonly subject: string | null;
  readonly directoryPath: string;
  /** Where it was before, or a directory is now; null when no second directory is concerned. */
  readonly otherPath: string | null;
  readonly data: EventData;
  readonly createdAt: Date;
  /** What it weighs, about. */
  readonly bytes: number;
};

/** One event as callers see it. */
export type GatewayEvent = LoggedEvent & {
  /** A uuid; the same wherever and however often the event is told. */
  readonly id: string;
  /** The place after the event, for whoever goes on from there. */
  readonly cursor: string;
};
