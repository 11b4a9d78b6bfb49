// The tRPC procedures of webhooks, each a translation of one domain call.
import { nullsAbsent } from '../../schema/parse-input.ts';
import {
  createWebhookInput,
  infiniteDeliveriesInput,
  replayWebhookInput,
  toPublicDeliveryPage,
  toPublicWebhook,
  toPublicWebhookTest,
  updateWebhookInput,
  webhookIdInput,
} from '../../schema/webhooks.ts';
import { procedure } from './procedure.ts';

/** Procedures of `webhook`. All need the scope `webhooks:manage`. */
export const webhookProcedures = {
  /** A webhook for what happens from now on; its secret is shown this once. */
  create: procedure
    .input(nullsAbsent(createWebhookInput))
    .mutation(async ({ input, ctx }) =>
      toPublicWebhook(await ctx.operations.createWebhook(input, ctx.caller), { isSecretShown: true }),
    ),
  /** All webhooks of your account, oldest first. */
  list: procedure.query(async ({ ctx }) => ({
    items: (await ctx.operations.webhooks(undefined, ctx.caller)).map((webhook) => toPublicWebhook(webhook)),
  })),
  /** The webhook with this id. */
  byId: procedure
    .input(webhookIdInput)
    .query(async ({ input, ctx }) => toPublicWebhook(await ctx.operations.webhook(input.id, ctx.caller))),
  /** Changes what is given; one that is enabled again goes on where it was. */
  update: procedure
    .input(nullsAbsent(updateWebhookInput))
    .mutation(async ({ input, ctx }) => toPublicWebhook(await ctx.operations.updateWebhook(input, ctx.caller))),
  /** Deletes a webhook with the records of its deliveries; 0 when there was none, so a repeat is harmless. */
  delete: procedure.input(webhookIdInput).mutation(async ({ input, ctx }) => ({
    deleted: Number(await ctx.operations.deleteWebhook(input.id, ctx.caller)),
  })),
  /** Posts a message of the type `webhook.test` and waits for what comes of it, which is not recorded. */
  test: procedure
    .input(webhookIdInput)
    .mutation(async ({ input, ctx }) => toPublicWebhookTest(await ctx.operations.testWebhook(input.id, ctx.caller))),
  /** Replaces the secret, and shows it this once; for a day messages are signed with the one before as well. */
  rotateSecret: procedure
    .input(webhookIdInput)
    .mutation(async ({ input, ctx }) =>
      toPublicWebhook(await ctx.operations.rotateWebhookSecret(input.id, ctx.caller), { isSecretShown: true }),
    ),
  /** Sends everything after a cursor, with the ids that it has. */
  replay: procedure
    .input(replayWebhookInput)
    .mutation(async ({ input, ctx }) => toPublicWebhook(await ctx.operations.replayWebhook(input, ctx.caller))),
  /** What has become of the events, newest first; shaped for infinite queries. */
  deliveries: procedure
    .input(nullsAbsent(infiniteDeliveriesInput))
    .query(async ({ input: { id, failed, limit, cursor }, ctx }) => {
      const page = { id, failed, limit, cursor: cursor ?? undefined };
      return toPublicDeliveryPage(await ctx.operations.webhookDeliveries(page, ctx.caller));
    }),
};
