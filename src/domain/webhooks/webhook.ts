// A webhook: an address that is told of an account's events, in the way of Standard Webhooks 1.0
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
import type { LogPosition } from '../events/event.ts';
import type { EventFilter } from '../events/event-filter.ts';

export const DISABLED_REASONS = ['gone', 'failing', 'by_hand'] as const;

export type Webhook = {
  readonly accountId: string;
  readonly id: string;
  readonly url: string;
  readonly filter: EventFilter;
  readonly description: string | null;
  /** Null while events are sent: the address said that it is gone, failed for too long, or somebody switched it off. */
  readonly disabledReason: (typeof DISABLED_REASONS)[number] | null;
  readonly secret: string;
  /** The one before, which messages are signed with as well until then. */
  readonly previousSecret: { readonly secret: string; readonly until: Date } | null;
  /** Up to here events have been tried. */
  readonly position: LogPosition;
  /** Attempts in a row that failed. */
  readonly failures: number;
  readonly failingSince: Date | null;
  /** Until when it is left alone, after failures. */
  readonly resumeAt: Date | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** New values; what is absent stays. */
export type WebhookChange = {
  readonly url?: string;
  readonly types?: EventFilter['types'];
  readonly directoryPath?: EventFilter['directoryPath'];
  readonly description?: string | null;
  /** The one that there is becomes the one before, until then. */
  readonly secret?: { readonly secret: string; readonly previousUntil: Date };
  readonly position?: LogPosition;
  /** True also forgets its failures. */
  readonly isEnabled?: boolean;
  readonly updatedAt: Date;
};

export const DELIVERY_STATES = ['delivered', 'retrying', 'failed'] as const;

/** One try to tell an address of an event. */
export type Attempt = {
  readonly at: Date;
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly durationMs: number;
  /** The beginning of what was answered, as text. */
  readonly response: string | null;
  /** Why it counts as failed; null when it does not. */
  readonly error: string | null;
};

/** What has become of one event for one webhook. */
export type Delivery = {
  readonly accountId: string;
  readonly webhookId: string;
  readonly position: LogPosition;
  readonly eventId: string;
  readonly type: string;
  readonly state: (typeof DELIVERY_STATES)[number];
  /** Oldest first. */
  readonly attempts: readonly Attempt[];
  readonly nextAttemptAt: Date | null;
};
