// What may be said of webhooks, and what they and their deliveries look like, in the two spellings of their keys.
import { z } from 'zod';
import { LATEST } from '../domain/events/list-events.ts';
import type { Page as DomainPage } from '../domain/flow/pages.ts';
import type { ShownWebhook } from '../domain/webhooks/manage-webhooks.ts';
import type { WebhookTest } from '../domain/webhooks/test-webhook.ts';
import { type Attempt, DELIVERY_STATES, type Delivery, DISABLED_REASONS } from '../domain/webhooks/webhook.ts';
import { filters } from './events.ts';
import { infinitePage, type Page, page, restPageOf } from './pages.ts';
import { inputObject } from './parse-input.ts';
import { required } from './required.ts';
import { toRestKeys, toRestShape } from './spelling.ts';

const id = z.string(required('must be a string')).describe('The id of a webhook');
const url = z
  .string(required('must be a string'))
  .describe('Where events are posted to, as Standard Webhooks 1.0: https, or http');
const fields = {
  types: filters.types.describe(`${filters.types.description}; absent, or none: all`),
  directoryPath: filters.directoryPath.describe(`${filters.directoryPath.description}; absent, or /: everything`),
  description: z.string('must be a string').optional().describe('For people, up to 255 characters'),
};

/** The input of a create, in every transport. */
export const createWebhookInput = inputObject({ url, ...fields });
export const restCreateWebhookInput = toRestShape(createWebhookInput);

/** What is to change, where something else names the webhook. */
export const updateWebhookFields = inputObject({
  url: z.string('must be a string').optional().describe('Where events are posted to'),
  types: fields.types.describe('Only these types; none: all'),
  directoryPath: fields.directoryPath.describe('Only what concerns this directory; /: everything'),
  description: fields.description.describe('For people; an empty one: none'),
  enabled: z
    .boolean('must be true or false')
    .optional()
    .describe('false: nothing is sent; true: it goes on where it was, with whatever the log still has'),
});
/** The same with the webhook's id, as tRPC takes it. */
export const updateWebhookInput = inputObject({ id, ...updateWebhookFields.shape });
export const restUpdateWebhookInput = toRestShape(updateWebhookFields).describe(
  'What is to change; a field that is absent stays as it is',
);

export const webhookIdInput = inputObject({ id });

const after = z
  .string(required('must be a string'))
  .describe(`A cursor that the log gave: everything after it is sent, again if need be; ${LATEST}: what waits is not`);
export const restReplayWebhookInput = inputObject({ after });
export const replayWebhookInput = inputObject({ id, after });

const failed = z
  .boolean('must be true or false')
  .optional()
  .describe('true: only those that have not come through, whether they are tried again or were given up');
export const webhookDeliveriesFields = inputObject({ failed, ...page });
export const restWebhookDeliveriesQuery = toRestShape(webhookDeliveriesFields);
/** The same with the webhook's id, as GraphQL takes it. */
export const webhookDeliveriesInput = inputObject({ id, ...webhookDeliveriesFields.shape });
/** The same in tRPC, whose clients may begin with a null cursor. */
export const infiniteDeliveriesInput = inputObject({ id, failed, ...infinitePage });

/** A webhook as GraphQL and tRPC show it: times are RFC 3339. */
export const shownWebhook = z.object({
  id: z.uuid().describe('Unique identifier; identifiers order by time'),
  url: z.url().describe('Where events are posted to'),
  types: z.array(z.string()).nullable().describe('Only these types; null: all'),
  directoryPath: z.string().nullable().describe('Only what concerns this directory; null: everything'),
  description: z.string().nullable().describe('For people'),
  enabled: z.boolean().describe('Whether events are sent'),
  disabledReason: z
    .enum(DISABLED_REASONS)
    .nullable()
    .describe('gone: the address answered 410; failing: nothing came through for days; by_hand: somebody said so'),
  secret: z.string().nullable().describe('What messages are signed with: shown once, when it is made; else null'),
  previousSecretExpiresAt: z.iso
    .datetime()
    .nullable()
    .describe('Until when messages are signed with the secret before as well'),
  cursor: z.string().describe('Up to here events have been sent, or have failed at least once'),
  failingSince: z.iso.datetime().nullable().describe('When the address began to fail; null: it does not'),
  createdBy: z.string().nullable().describe('Whose token it was created with'),
  createdAt: z.iso.datetime().describe('When it was created'),
  updatedAt: z.iso.datetime().describe('When it was last changed'),
});
/** The same as REST shows it. */
export const restWebhook = toRestShape(shownWebhook).describe('An address that is told of events');
export type RestWebhook = z.output<typeof restWebhook>;
export type PublicWebhook = z.output<typeof shownWebhook>;

/** In camelCase. `isSecretShown`: to whoever had it made just now. */
export function toPublicWebhook({ webhook, cursor }: ShownWebhook, { isSecretShown = false } = {}): PublicWebhook {
  const { id, url, filter, description, disabledReason, secret, previousSecret, failingSince, createdBy } = webhook;
  return {
    id,
    url,
    types: filter.types === null ? null : [...filter.types],
    directoryPath: filter.directoryPath,
    description,
    enabled: disabledReason === null,
    disabledReason,
    secret: isSecretShown ? secret : null,
    previousSecretExpiresAt: previousSecret?.until.toISOString() ?? null,
    cursor,
    failingSince: failingSince?.toISOString() ?? null,
    createdBy,
    createdAt: webhook.createdAt.toISOString(),
    updatedAt: webhook.updatedAt.toISOString(),
  };
}

/** In snake_case. */
export function toRestWebhook(shown: ShownWebhook, options?: { readonly isSecretShown: boolean }): RestWebhook {
  return toRestKeys(toPublicWebhook(shown, options)) as RestWebhook;
}

export const restWebhookList = z.object({ items: z.array(restWebhook).describe('All of them, oldest first') });

/** What a delete answers in REST and tRPC. */
export const webhookDeleted = z.object({
  deleted: z.int().describe('1 when there was such a webhook, 0 when there was none: a repeat is harmless'),
});

/** One try to tell an address of an event. */
export const shownAttempt = z.object({
  at: z.iso.datetime().describe('When'),
  status: z.int().nullable().describe('What the address answered; null: nothing'),
  durationMs: z.int().describe('How long it took'),
  response: z.string().nullable().describe('The beginning of what it answered'),
  error: z.string().nullable().describe('Why it counts as failed; null: it does not'),
});

type PublicAttempt = z.output<typeof shownAttempt>;

function toPublicAttempt({ at, status, durationMs, response, error }: Attempt): PublicAttempt {
  return { at: at.toISOString(), status, durationMs, response, error };
}

/** What a test has come to. */
export const shownWebhookTest = shownAttempt.extend({
  delivered: z.boolean().describe('Whether the address took it'),
});
export const restWebhookTest = toRestShape(shownWebhookTest);
export type PublicWebhookTest = z.output<typeof shownWebhookTest>;

export function toPublicWebhookTest({ attempt, isDelivered }: WebhookTest): PublicWebhookTest {
  return { delivered: isDelivered, ...toPublicAttempt(attempt) };
}

export function toRestWebhookTest(test: WebhookTest): z.output<typeof restWebhookTest> {
  return toRestKeys(toPublicWebhookTest(test));
}

/** What has become of one event for one webhook. */
export const shownDelivery = z.object({
  eventId: z.uuid().describe("The event's id, which is its webhook-id"),
  type: z.string().describe('What had happened'),
  state: z.enum(DELIVERY_STATES).describe('retrying: it is tried again; failed: it was given up'),
  attempts: z.array(shownAttempt).describe('Oldest first'),
  nextAttemptAt: z.iso.datetime().nullable().describe('When it is tried again'),
});
const restDelivery = toRestShape(
  shownDelivery.extend({
    attempts: z.array(toRestShape(shownAttempt)).describe('Oldest first'),
  }),
);
export const restDeliveryPage = restPageOf(z.array(restDelivery).describe('By their events, newest first'));

type PublicDelivery = z.output<typeof shownDelivery>;

export function toPublicDeliveryPage({ items: deliveries, nextCursor }: DomainPage<Delivery>): Page<PublicDelivery> {
  return { items: deliveries.map(toPublicDelivery), nextCursor };
}

function toPublicDelivery({ eventId, type, state, attempts, nextAttemptAt }: Delivery): PublicDelivery {
  const shown = { eventId, type, state, attempts: attempts.map(toPublicAttempt) };
  return { ...shown, nextAttemptAt: nextAttemptAt?.toISOString() ?? null };
}

export function toRestDeliveryPage({
  items: deliveries,
  nextCursor,
}: DomainPage<Delivery>): z.output<typeof restDeliveryPage> {
  const items = deliveries.map((delivery) => {
    const { attempts, ...shown } = toPublicDelivery(delivery);
    return { ...toRestKeys(shown), attempts: attempts.map((one) => toRestKeys(one)) };
  });
  return toRestKeys({ items, nextCursor });
}
