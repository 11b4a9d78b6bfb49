// The GraphQL types of webhooks.
import type { Delivery, Webhook as DomainWebhook } from '../../domain/webhooks/webhook.ts';
import {
  createWebhookInput,
  shownAttempt,
  shownDelivery,
  shownWebhook,
  shownWebhookTest,
  updateWebhookFields,
  webhookDeleted,
} from '../webhooks.ts';
import { toEnumValues } from './enum-values.ts';
import { addInput, addObject, addPage } from './shaped-types.ts';
import type { GraphqlTypes } from './types.ts';

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
  const Webhook = addObject(builder, shownWebhook, {
    name: 'Webhook',
    description: 'An address that is told of events.',
    types: { disabledReason: DisabledReason },
  });
  const CreateWebhookInput = addInput(builder, createWebhookInput, {
    name: 'CreateWebhookInput',
    description: 'A webhook for what happens from now on.',
  });
  const UpdateWebhookInput = addInput(builder, updateWebhookFields, {
    name: 'UpdateWebhookInput',
    description: 'What is to change; a field that is absent stays as it is.',
  });
  const WebhookTest = addObject(builder, shownWebhookTest, {
    name: 'WebhookTest',
    description: 'What a test has come to.',
  });
  const DeleteWebhookPayload = addObject(builder, webhookDeleted, {
    name: 'DeleteWebhookPayload',
    description: 'What a delete has come to.',
  });
  const WebhookDeliveryPage = addDeliveries(builder);
  return { Webhook, CreateWebhookInput, UpdateWebhookInput, WebhookTest, DeleteWebhookPayload, WebhookDeliveryPage };
}

function addDeliveries<Context extends object>(builder: GraphqlTypes<Context>) {
  const DeliveryState = builder.enumType('WebhookDeliveryState', {
    description: 'What has become of an event for a webhook.',
    values: toEnumValues<Delivery['state']>({
      delivered: 'The address took it.',
      retrying: 'It is tried again.',
      failed: 'It was given up.',
    }),
  });
  const DeliveryAttempt = addObject(builder, shownAttempt, {
    name: 'WebhookDeliveryAttempt',
    description: 'One try to tell an address of an event.',
  });
  const WebhookDelivery = addObject(builder, shownDelivery, {
    name: 'WebhookDelivery',
    description: 'What has become of one event for one webhook.',
    types: { state: DeliveryState, attempts: [DeliveryAttempt] },
  });
  return addPage(builder, WebhookDelivery, {
    name: 'WebhookDeliveryPage',
    description: 'A page of deliveries, by their events, newest first.',
    items: 'By their events, newest first.',
  });
}
