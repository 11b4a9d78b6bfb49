// REST routes of webhooks, each a translation of one domain call.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../domain/caller/caller.ts';
import { openCaller } from '../http/caller.ts';
import type { Transport } from '../http/transport.ts';
import { fromListQuery } from '../schema/list-query.ts';
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

type ById = { readonly Params: { readonly id: string } };
type DeliveriesById = ById & { readonly Querystring: { readonly [name: string]: unknown } };

/** Mounts `/v1/webhooks` and what is below it. */
export function mountWebhooks(rest: FastifyInstance, { operations, authenticate, readBody }: Transport): void {
  const open = (request: FastifyRequest, reply: FastifyReply): Promise<Caller> =>
    openCaller({ request, reply }, authenticate);
  const readJson = async (request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<unknown> => {
    await using body = await readBody({ request, reply }, { caller });
    return body.value;
  };

  rest.post('/v1/webhooks', async (request, reply) => {
    const caller = await open(request, reply);
    const input = parseRestInput(createWebhookInput, await readJson(request, reply, caller));
    return toRestWebhook(await operations.createWebhook(input, caller), { isSecretShown: true });
  });

  rest.get('/v1/webhooks', async (request, reply) => {
    const caller = await open(request, reply);
    return { items: (await operations.webhooks(undefined, caller)).map((webhook) => toRestWebhook(webhook)) };
  });

  rest.get<ById>('/v1/webhooks/:id', async (request, reply) => {
    const caller = await open(request, reply);
    return toRestWebhook(await operations.webhook(request.params.id, caller));
  });

  rest.patch<ById>('/v1/webhooks/:id', async (request, reply) => {
    const caller = await open(request, reply);
    const input = parseRestInput(updateWebhookFields, await readJson(request, reply, caller));
    return toRestWebhook(await operations.updateWebhook({ id: request.params.id, ...input }, caller));
  });

  rest.delete<ById>('/v1/webhooks/:id', async (request, reply) => {
    const caller = await open(request, reply);
    return { deleted: Number(await operations.deleteWebhook(request.params.id, caller)) };
  });

  rest.post<ById>('/v1/webhooks/:id/test', async (request, reply) => {
    const caller = await open(request, reply);
    return toRestWebhookTest(await operations.testWebhook(request.params.id, caller));
  });

  rest.post<ById>('/v1/webhooks/:id/rotate-secret', async (request, reply) => {
    const caller = await open(request, reply);
    return toRestWebhook(await operations.rotateWebhookSecret(request.params.id, caller), { isSecretShown: true });
  });

  rest.post<ById>('/v1/webhooks/:id/replay', async (request, reply) => {
    const caller = await open(request, reply);
    const { after } = parseInput(restReplayWebhookInput, await readJson(request, reply, caller));
    return toRestWebhook(await operations.replayWebhook({ id: request.params.id, after }, caller));
  });

  rest.get<DeliveriesById>('/v1/webhooks/:id/deliveries', async (request, reply) => {
    const caller = await open(request, reply);
    const input = parseInput(webhookDeliveriesFields, fromListQuery(webhookDeliveriesFields, request.query));
    return toRestDeliveryPage(await operations.webhookDeliveries({ id: request.params.id, ...input }, caller));
  });
}
