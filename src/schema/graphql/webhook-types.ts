// The GraphQL types of webhooks.
import type { Delivery, Webhook as DomainWebhook } from '../../domain/webhooks/webhook.ts';
import {
  createWebhookInput,
  type PublicAttempt,
  type PublicDelivery,
  type PublicDeliveryPage,
  type PublicWebhook,
  type PublicWebhookTest,
  shownAttempt,
  shownDelivery,
  shownDeliveryPage,
  shownWebhook,
  shownWebhookTest,
  updateWebhookFields,
  webhookDeleted,
} from '../webhooks.ts';
import { describe } from './descriptions.ts';
import { toEnumValues } from './enum-values.ts';
import type { GraphqlTypes } from './types.ts';

/** What a delete has come to. */
export type DeletedWebhook = { readonly deleted: number };

/** Adds the types to a builder and gives those that operations refer to. */
export function createGraphqlWebhookTypes<Context extends object>(builder: GraphqlTypes<Context>) {
  const DisabledReason = builder.enumType('WebhookDisabledReason', {
    description: 'Why nothing is sent to a webhook.',
    values: toEnumValues<NonNullable<DomainWebhook['disabledReason']>>({
      gone: 'The address answered 410.',
      failing: 'Nothing came through for days.',
      by_hand: 'Somebody switched it off.',
    }),
  });
  const ofWebhook = describe(shownWebhook);
  const Webhook = builder.objectRef<PublicWebhook>('Webhook').implement({
    description: 'An address that is told of events.',
    fields: (t) => ({
      id: t.exposeID('id', { description: ofWebhook('id') }),
      url: t.exposeString('url', { description: ofWebhook('url') }),
      types: t.exposeStringList('types', { nullable: true, description: ofWebhook('types') }),
      directoryPath: t.exposeString('directoryPath', {
        nullable: true,
        description: ofWebhook('directoryPath'),
      }),
      description: t.exposeString('description', { nullable: true, description: ofWebhook('description') }),
      enabled: t.exposeBoolean('enabled', { description: ofWebhook('enabled') }),
      disabledReason: t.expose('disabledReason', {
        type: DisabledReason,
        nullable: true,
        description: ofWebhook('disabledReason'),
      }),
      secret: t.exposeString('secret', {
        nullable: true,
        description: ofWebhook('secret'),
      }),
      previousSecretExpiresAt: t.expose('previousSecretExpiresAt', {
        type: 'DateTime',
        nullable: true,
        description: ofWebhook('previousSecretExpiresAt'),
      }),
      cursor: t.exposeString('cursor', { description: ofWebhook('cursor') }),
      failingSince: t.expose('failingSince', {
        type: 'DateTime',
        nullable: true,
        description: ofWebhook('failingSince'),
      }),
      createdBy: t.exposeString('createdBy', { nullable: true, description: ofWebhook('createdBy') }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: ofWebhook('createdAt') }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: ofWebhook('updatedAt') }),
    }),
  });
  return { Webhook, ...createInputs(builder), ...createDeliveryTypes(builder), ...createOutcomes(builder) };
}

function createInputs<Context extends object>(builder: GraphqlTypes<Context>) {
  const ofCreate = describe(createWebhookInput);
  const CreateWebhookInput = builder.inputType('CreateWebhookInput', {
    description: 'A webhook for what happens from now on.',
    fields: (t) => ({
      url: t.string({ required: true, description: ofCreate('url') }),
      types: t.stringList({ description: ofCreate('types') }),
      directoryPath: t.string({ description: ofCreate('directoryPath') }),
      description: t.string({ description: ofCreate('description') }),
    }),
  });
  const ofUpdate = describe(updateWebhookFields);
  const UpdateWebhookInput = builder.inputType('UpdateWebhookInput', {
    description: 'What is to change; a field that is absent stays as it is.',
    fields: (t) => ({
      url: t.string({ description: ofUpdate('url') }),
      types: t.stringList({ description: ofUpdate('types') }),
      directoryPath: t.string({ description: ofUpdate('directoryPath') }),
      description: t.string({ description: ofUpdate('description') }),
      enabled: t.boolean({ description: ofUpdate('enabled') }),
    }),
  });
  return { CreateWebhookInput, UpdateWebhookInput };
}

function createOutcomes<Context extends object>(builder: GraphqlTypes<Context>) {
  const ofTest = describe(shownWebhookTest);
  const WebhookTest = builder.objectRef<PublicWebhookTest>('WebhookTest').implement({
    description: 'What a test has come to.',
    fields: (t) => ({
      delivered: t.exposeBoolean('delivered', { description: ofTest('delivered') }),
      at: t.expose('at', { type: 'DateTime', description: ofTest('at') }),
      status: t.exposeInt('status', { nullable: true, description: ofTest('status') }),
      durationMs: t.exposeInt('durationMs', { description: ofTest('durationMs') }),
      response: t.exposeString('response', { nullable: true, description: ofTest('response') }),
      error: t.exposeString('error', { nullable: true, description: ofTest('error') }),
    }),
  });
  const ofDelete = describe(webhookDeleted);
  const DeleteWebhookPayload = builder.objectRef<DeletedWebhook>('DeleteWebhookPayload').implement({
    description: 'What a delete has come to.',
    fields: (t) => ({
      deleted: t.exposeInt('deleted', {
        description: ofDelete('deleted'),
      }),
    }),
  });
  return { WebhookTest, DeleteWebhookPayload };
}

function createDeliveryTypes<Context extends object>(builder: GraphqlTypes<Context>) {
  const DeliveryState = builder.enumType('WebhookDeliveryState', {
    description: 'What has become of an event for a webhook.',
    values: toEnumValues<Delivery['state']>({
      delivered: 'The address took it.',
      retrying: 'It is tried again.',
      failed: 'It was given up.',
    }),
  });
  const ofAttempt = describe(shownAttempt);
  const DeliveryAttempt = builder.objectRef<PublicAttempt>('WebhookDeliveryAttempt').implement({
    description: 'One try to tell an address of an event.',
    fields: (t) => ({
      at: t.expose('at', { type: 'DateTime', description: ofAttempt('at') }),
      status: t.exposeInt('status', { nullable: true, description: ofAttempt('status') }),
      durationMs: t.exposeInt('durationMs', { description: ofAttempt('durationMs') }),
      response: t.exposeString('response', { nullable: true, description: ofAttempt('response') }),
      error: t.exposeString('error', { nullable: true, description: ofAttempt('error') }),
    }),
  });
  const ofDelivery = describe(shownDelivery);
  const WebhookDelivery = builder.objectRef<PublicDelivery>('WebhookDelivery').implement({
    description: 'What has become of one event for one webhook.',
    fields: (t) => ({
      eventId: t.exposeID('eventId', { description: ofDelivery('eventId') }),
      type: t.exposeString('type', { description: ofDelivery('type') }),
      state: t.expose('state', { type: DeliveryState, description: ofDelivery('state') }),
      attempts: t.expose('attempts', { type: [DeliveryAttempt], description: ofDelivery('attempts') }),
      nextAttemptAt: t.expose('nextAttemptAt', {
        type: 'DateTime',
        nullable: true,
        description: ofDelivery('nextAttemptAt'),
      }),
    }),
  });
  const ofPage = describe(shownDeliveryPage);
  const WebhookDeliveryPage = builder.objectRef<PublicDeliveryPage>('WebhookDeliveryPage').implement({
    description: 'A page of deliveries, by their events, newest first.',
    fields: (t) => ({
      items: t.expose('items', { type: [WebhookDelivery], description: ofPage('items') }),
      nextCursor: t.exposeString('nextCursor', {
        nullable: true,
        description: ofPage('nextCursor'),
      }),
    }),
  });
  return { WebhookDeliveryPage };
}
