// The GraphQL operations on webhooks, each a translation of one domain call.
import { describeOperation } from '../../schema/graphql/descriptions.ts';
import type { GraphqlTypes } from '../../schema/graphql/types.ts';
import { createGraphqlWebhookTypes } from '../../schema/graphql/webhook-types.ts';
import { parseInput } from '../../schema/parse-input.ts';
import {
  createWebhookInput,
  toPublicDeliveryPage,
  toPublicWebhook,
  toPublicWebhookTest,
  updateWebhookFields,
  webhookDeliveriesInput,
} from '../../schema/webhooks.ts';
import type { CallContext } from '../call-context.ts';

/** Adds the operations to a builder that has the root types. */
export function addWebhooks(builder: GraphqlTypes<CallContext>): void {
  const types = createGraphqlWebhookTypes(builder);
  addQueries(builder, types);
  addMutations(builder, types);
}

type Types = ReturnType<typeof createGraphqlWebhookTypes<CallContext>>;

function addQueries(builder: GraphqlTypes<CallContext>, { Webhook, WebhookDeliveryPage }: Types): void {
  builder.queryFields((t) => ({
    webhook: t.field({
      type: Webhook,
      nullable: true,
      description: describeOperation('webhook'),
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: async (_root, { id }, { operations, caller }) => {
        return toPublicWebhook(await operations.webhook(id, caller));
      },
    }),
    webhooks: t.field({
      type: [Webhook],
      description: describeOperation('webhooks'),
      resolve: async (_root, _args, { operations, caller }) => {
        return (await operations.webhooks(undefined, caller)).map((webhook) => toPublicWebhook(webhook));
      },
    }),
    webhookDeliveries: t.field({
      type: WebhookDeliveryPage,
      description: describeOperation('webhookDeliveries'),
      args: {
        id: t.arg.id({ required: true, description: "The webhook's id." }),
        failed: t.arg.boolean({
          description: 'True: only those that have not come through, whether they are tried again or were given up.',
        }),
        first: t.arg.int({ description: 'How many at most, 1 to 200; absent: 50.' }),
        after: t.arg.string({ description: "A previous page's `nextCursor`." }),
      },
      resolve: async (_root, { first, after, ...args }, { operations, caller }) => {
        const input = parseInput(webhookDeliveriesInput, { ...args, limit: first, cursor: after });
        return toPublicDeliveryPage(await operations.webhookDeliveries(input, caller));
      },
    }),
  }));
}

function addMutations(builder: GraphqlTypes<CallContext>, types: Types): void {
  const { Webhook, WebhookTest, CreateWebhookInput, UpdateWebhookInput, DeleteWebhookPayload } = types;
  builder.mutationFields((t) => ({
    createWebhook: t.field({
      type: Webhook,
      description: describeOperation('createWebhook'),
      args: { input: t.arg({ type: CreateWebhookInput, required: true, description: 'The webhook.' }) },
      resolve: async (_root, args, { operations, caller }) => {
        const input = parseInput(createWebhookInput, args.input);
        return toPublicWebhook(await operations.createWebhook(input, caller), { isSecretShown: true });
      },
    }),
    updateWebhook: t.field({
      type: Webhook,
      description: describeOperation('updateWebhook'),
      args: {
        id: t.arg.id({ required: true, description: 'Its id.' }),
        input: t.arg({ type: UpdateWebhookInput, required: true, description: 'What is to change.' }),
      },
      resolve: async (_root, { id, input }, { operations, caller }) => {
        const changes = parseInput(updateWebhookFields, input);
        return toPublicWebhook(await operations.updateWebhook({ id, ...changes }, caller));
      },
    }),
    deleteWebhook: t.field({
      type: DeleteWebhookPayload,
      description: describeOperation('deleteWebhook'),
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: async (_root, { id }, { operations, caller }) => {
        return { deleted: Number(await operations.deleteWebhook(id, caller)) };
      },
    }),
    testWebhook: t.field({
      type: WebhookTest,
      description: describeOperation('testWebhook'),
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: async (_root, { id }, { operations, caller }) => {
        return toPublicWebhookTest(await operations.testWebhook(id, caller));
      },
    }),
    rotateWebhookSecret: t.field({
      type: Webhook,
      description: describeOperation('rotateWebhookSecret'),
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: async (_root, { id }, { operations, caller }) => {
        return toPublicWebhook(await operations.rotateWebhookSecret(id, caller), { isSecretShown: true });
      },
    }),
    replayWebhook: t.field({
      type: Webhook,
      description: describeOperation('replayWebhook'),
      args: {
        id: t.arg.id({ required: true, description: 'Its id.' }),
        after: t.arg.string({
          required: true,
          description: 'A cursor that the log gave; "latest": what waits is not sent.',
        }),
      },
      resolve: async (_root, input, { operations, caller }) => {
        return toPublicWebhook(await operations.replayWebhook(input, caller));
      },
    }),
  }));
}
