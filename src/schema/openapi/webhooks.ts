// The REST operations on webhooks.
import { restWebhookDeliveriesQuery } from '../webhooks.ts';
import type { OperationGroup } from './operation.ts';

export const WEBHOOK_OPERATIONS: OperationGroup = {
  name: 'Webhooks',
  description: 'Addresses that are told of events.',
  operations: [
    {
      name: 'createWebhook',
      summary: 'Create a webhook',
      description:
        'What happens from now on is posted to the address, as Standard Webhooks 1.0. The answer has the secret that messages are ' +
        'signed with; it is shown this once.',
      body: 'WebhookCreate',
      example: { url: 'https://example.com/hook', types: ['resource.created'], directory_path: '/docs' },
      answers: [{ status: 200, description: 'The webhook', body: 'Webhook' }],
      failures: [400, 401, 403, 500, 503],
    },
    {
      name: 'webhooks',
      summary: 'List webhooks',
      description: 'All of your account.',
      answers: [{ status: 200, description: 'The webhooks', body: 'WebhookList' }],
      failures: [400, 401, 403, 500, 503],
    },
    {
      name: 'webhook',
      summary: 'Read a webhook',
      answers: [{ status: 200, description: 'The webhook', body: 'Webhook' }],
      failures: [400, 401, 403, 404, 500, 503],
    },
    {
      name: 'updateWebhook',
      summary: 'Change a webhook',
      description: 'What is absent stays as it is. One that is enabled again goes on where it was.',
      body: 'WebhookUpdate',
      example: { enabled: true },
      answers: [{ status: 200, description: 'The webhook as it is then', body: 'Webhook' }],
      failures: [400, 401, 403, 404, 500, 503],
    },
    {
      name: 'deleteWebhook',
      summary: 'Delete a webhook',
      description: 'With the records of its deliveries. Repeating it is harmless.',
      answers: [{ status: 200, description: 'Whether there was one: 1 or 0', body: 'WebhookDeleted' }],
      failures: [400, 401, 403, 500, 503],
    },
    {
      name: 'testWebhook',
      summary: 'Send a test',
      description: `Posts a message of the type \`webhook.test\` and waits for the answer, which is not recorded.`,
      answers: [{ status: 200, description: 'What came of it, also when that was a failure', body: 'WebhookTest' }],
      failures: [400, 401, 403, 404, 500, 503],
    },
    {
      name: 'rotateWebhookSecret',
      summary: 'Replace the secret of a webhook',
      description:
        'For a day messages are signed with the one before as well, so that none is refused meanwhile. The answer has the new one; it is shown this once.',
      answers: [{ status: 200, description: 'The webhook', body: 'Webhook' }],
      failures: [400, 401, 403, 404, 500, 503],
    },
    {
      name: 'replayWebhook',
      summary: 'Send events again',
      description: 'Everything after a cursor is sent, with the ids that it has.',
      body: 'WebhookReplay',
      example: { after: 'latest' },
      answers: [{ status: 200, description: 'The webhook as it is then', body: 'Webhook' }],
      failures: [400, 401, 403, 404, 500, 503],
    },
    {
      name: 'webhookDeliveries',
      summary: 'List deliveries',
      description: 'What has become of the events, for 3 days after one came through and 30 after one was given up.',
      query: restWebhookDeliveriesQuery,
      answers: [{ status: 200, description: 'A page', body: 'WebhookDeliveryPage' }],
      failures: [400, 401, 403, 404, 500, 503],
    },
  ],
};
