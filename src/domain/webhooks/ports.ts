// What webhooks need from the world: where they are kept, and a way to reach their addresses that no attacker can use.
import type { LogPosition } from '../events/event.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Attempt, Delivery, Webhook, WebhookChange } from './webhook.ts';

/** What an address answered, or why it did not. */
export type Answer = Omit<Attempt, 'at'> & {
  /** As the address asked for it; null when it did not. */
  readonly retryAfterMs: number | null;
};

export type WebhookSender = {
  /** @throws GatewayError `invalid_input` on `url` for an address that may not be sent to, as far as its text says */
  requireAllowed(url: string): void;
  /**
   * Posts one message, follows no redirect, and reads the beginning of the answer. What goes wrong is in the answer: it
   * rejects only with the signal's reason, and with GatewayError `overloaded` when the account has too many messages under way.
   */
  send(message: OutgoingMessage, options: CallOptions): Promise<Answer>;
};

export type OutgoingMessage = {
  readonly accountId: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
};

type WebhookId = { readonly accountId: string; readonly id: string };

/** What has come of an attempt. */
export type AttemptResult = {
  readonly position: LogPosition;
  readonly eventId: string;
  readonly type: string;
  readonly attempt: Attempt;
  /** True: attempts before, until a replay, are forgotten. */
  readonly isFirst: boolean;
  readonly state: Delivery['state'];
  /** When the next attempt is due; null when there is to be none. */
  readonly nextAttemptAt: Date | null;
};

/** How an endpoint is doing after some attempts. */
export type EndpointHealth = {
  /** Attempts in a row that failed. */
  readonly failures: number;
  readonly failingSince: Date | null;
  /** Until when nothing is sent; null: not held back. */
  readonly resumeAt: Date | null;
  /** Why nothing is ever sent again, unless it is enabled again; null: it goes on. */
  readonly disabledReason: Webhook['disabledReason'];
};

export type DeliveryQuery = WebhookId & {
  readonly failed: boolean;
  /** Before this place, newest first; null: from the newest. */
  readonly before: LogPosition | null;
  readonly maxCount: number;
};

export type ClaimQuery = {
  /** Null: of any. */
  readonly accountIds: readonly string[] | null;
  readonly exceptAccountIds: readonly string[];
  /** Behind this one, by account and id; null: from the first. */
  readonly after: WebhookId | null;
  readonly owner: string;
  readonly leaseMs: number;
  readonly maxCount: number;
  readonly maxPerAccount: number;
};

export type RecordedBatch = WebhookId & {
  readonly owner: string;
  readonly position: LogPosition;
  readonly results: readonly AttemptResult[];
  readonly health: EndpointHealth;
  readonly leaseMs: number;
  readonly release: boolean;
};

/** Where webhooks and their deliveries are kept. Every method that names an account keeps to it. */
export type WebhookStore = {
  /** False: the account has `maxCount` already; nothing was changed. */
  insertWebhook(webhook: Webhook, options: CallOptions & { readonly maxCount: number }): Promise<boolean>;
  findWebhook(webhook: WebhookId, options: CallOptions): Promise<Webhook | null>;
  listWebhooks(owner: { readonly accountId: string }, options: CallOptions): Promise<readonly Webhook[]>;
  /** The webhook as it is then; null: there is none. May be repeated. */
  updateWebhook(webhook: WebhookId, options: CallOptions & { readonly change: WebhookChange }): Promise<Webhook | null>;
  /** With its deliveries. False: there was none. May be repeated. */
  deleteWebhook(webhook: WebhookId, options: CallOptions): Promise<boolean>;
  listDeliveries(query: DeliveryQuery, options: CallOptions): Promise<readonly Delivery[]>;

  /** The accounts that have webhooks to deliver to, up to `maxCount` of them. */
  listDeliveringAccounts(options: CallOptions & { readonly maxCount: number }): Promise<readonly string[]>;
  /**
   * Claims webhooks that have something to be delivered, and are neither held back nor claimed, those first that have waited
   * longest; `next` is where the following page begins, null when there is none.
   */
  claimWebhooks(
    query: ClaimQuery,
    options: CallOptions,
  ): Promise<{ readonly claimed: readonly Webhook[]; readonly next: WebhookId | null }>;
  /** Deliveries of a webhook that failed and are due again, the longest due first. */
  listDueDeliveries(
    webhook: WebhookId,
    options: CallOptions & { readonly maxCount: number },
  ): Promise<readonly Delivery[]>;
  /**
   * Writes what has come of the attempts, and moves the webhook's place in the log; all of it, and only while it is claimed by
   * this owner. Gives the webhook as it is then; null: it is not, so that all of it will be delivered again. With `release` the
   * claim ends, else it is renewed. A webhook that is switched off gives up all that it would have tried again.
   */
  recordBatch(batch: RecordedBatch, options: CallOptions): Promise<Webhook | null>;
  /** Removes deliveries that need not be shown any more; gives how many. May be repeated, also by several at once. */
  removeOldDeliveries(options: CallOptions): Promise<number>;
  /** Since when the oldest event waits for its delivery; null when none does. */
  findOldestUndelivered(options: CallOptions): Promise<Date | null>;
};
