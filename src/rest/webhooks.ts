// REST routes of webhooks, each a translation of one domain call.
import type { FastifyInstance } from 'fastify';
import type { Transport } from '../http/transport.ts';
import { parseInput, parseRestInput } from '../schema/parse-input.ts';
import {
  createWebhookInput,
  restReplayWebhookInput,
  toRestDeliveryPage,
  toRestWebhook,
  toRestWebhookTest,
  updateWebhookFields,
  webhookDeliveriesFields,
} from '../schema/webhooks.ts';
import { createRoute } from './route.ts';

/** Mounts `/v1/webhooks` and what is below it. */
export function mountWebhooks(rest: FastifyInstance, transport: Transport): void {
  const { operations } = transport;
  const route = createRoute(rest, transport);

  route('createWebhook', async ({ caller, readJson }) => {
    const input = parseRestInput(createWebhookInput, await readJson());
    return toRestWebhook(await operations.createWebhook(input, caller), { isSecretShown: true });
  });

  route('webhooks', async ({ caller }) => {
    return { items: (await operations.webhooks(undefined, caller)).map((webhook) => toRestWebhook(webhook)) };
  });

  route('webhook', async ({ caller, params }) => {
    return toRestWebhook(await operations.webhook(params.id, caller));
  });

  route('updateWebhook', async ({ caller, params, readJson }) => {
    const input = parseRestInput(updateWebhookFields, await readJson());
    return toRestWebhook(await operations.updateWebhook({ id: params.id, ...input }, caller));
  });

  route('deleteWebhook', async ({ caller, params }) => {
    return { deleted: Number(await operations.deleteWebhook(params.id, caller)) };
  });

  route('testWebhook', async ({ caller, params }) => {
    return toRestWebhookTest(await operations.testWebhook(params.id, caller));
  });

  route('rotateWebhookSecret', async ({ caller, params }) => {
    return toRestWebhook(await operations.rotateWebhookSecret(params.id, caller), { isSecretShown: true });
  });

  route('replayWebhook', async ({ caller, params, readJson }) => {
    const { after } = parseInput(restReplayWebhookInput, await readJson());
    return toRestWebhook(await operations.replayWebhook({ id: params.id, after }, caller));
  });

  route('webhookDeliveries', async ({ caller, params, readQuery }) => {
    const input = { id: params.id, ...readQuery(webhookDeliveriesFields) };
    return toRestDeliveryPage(await operations.webhookDeliveries(input, caller));
  });
}
