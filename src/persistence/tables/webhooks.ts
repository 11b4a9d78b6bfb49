// The tables of webhooks and their deliveries.
import { defineEntity, p } from '@mikro-orm/core';
import { DELIVERY_STATES, DISABLED_REASONS } from '../../domain/webhooks/webhook.ts';
import { BYTE_ORDER } from './blob.ts';

/** An address that is told of its account's events. */
export const WebhookEntity = defineEntity({
  name: 'Webhook',
  tableName: 'webhooks',
  properties: {
    accountId: p.text().collation(BYTE_ORDER).primary(),
    id: p.uuid().primary(),
    url: p.text(),
    /** Null: all. */
    types: p.array().columnType('text[]').nullable(),
    directoryPath: p.text().collation(BYTE_ORDER).nullable(),
    description: p.text().nullable(),
    /** Null while events are sent. */
    disabledReason: p.enum(DISABLED_REASONS).nullable(),
    secret: p.text(),
    previousSecret: p.text().nullable(),
    previousSecretUntil: p.datetime(3).nullable(),
    /** Up to here events have been tried. */
    era: p.smallint(),
    xid: p.bigint().columnType('xid8'),
    eventId: p.bigint(),
    failures: p.integer(),
    failingSince: p.datetime(3).nullable(),
    /** Nothing is sent before. */
    resumeAt: p.datetime(3).nullable(),
    /** Which process delivers to it, until when. */
    claimedBy: p.uuid().nullable(),
    claimedUntil: p.datetime(3).nullable(),
    createdBy: p.text().nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
});

/** One event for one webhook. */
export const WebhookDeliveryEntity = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_deliveries',
  properties: {
    webhook: () =>
      p
        .manyToOne(WebhookEntity)
        .joinColumns('account_id', 'webhook_id')
        .primary()
        .deleteRule('cascade')
        .updateRule('restrict'),
    accountId: p.text().collation(BYTE_ORDER).primary(),
    era: p.smallint().primary(),
    xid: p.bigint().columnType('xid8').primary(),
    eventId: p.bigint().primary(),
    /** The event's id as callers know it. */
    publicId: p.uuid(),
    type: p.text(),
    state: p.enum(DELIVERY_STATES),
    /** Oldest first. */
    attempts: p.json().columnType('jsonb'),
    /** When it is tried again or, when it need not be, removed. */
    dueAt: p.datetime(3),
  },
  indexes: [
    {
      name: 'webhook_deliveries_retry_index',
      expression: `create index "webhook_deliveries_retry_index" on "webhook_deliveries" ("account_id", "webhook_id", "due_at") where state = 'retrying'`,
    },
    {
      name: 'webhook_deliveries_removal_index',
      expression: `create index "webhook_deliveries_removal_index" on "webhook_deliveries" ("due_at") where state <> 'retrying'`,
    },
    {
      name: 'webhook_deliveries_failed_index',
      expression: `create index "webhook_deliveries_failed_index" on "webhook_deliveries" ("account_id", "webhook_id", "era", "xid", "event_id") where state <> 'delivered'`,
    },
  ],
});
