// A message that says only that it is a test, sent while the caller waits.
import { requireScope } from '../caller/principal.ts';
import { GatewayError } from '../errors.ts';
import { createId } from '../fields/ids.ts';
import { send } from './deliver.ts';
import { requireWebhook, type WebhookCall } from './manage-webhooks.ts';
import type { Attempt } from './webhook.ts';

/** Its type; no event of the log has it. */
export const TEST_TYPE = 'webhook.test';

export type WebhookTest = {
  readonly attempt: Attempt;
  /** Whether the address took it. */
  readonly isDelivered: boolean;
};

/**
 * Sends a test, also to a webhook that is switched off; it is recorded nowhere.
 * @throws GatewayError `forbidden`, `not_found`, `overloaded`
 */
export async function testWebhook(id: string, call: WebhookCall): Promise<WebhookTest> {
  requireScope(call.principal, 'webhooks:manage');
  const webhook = await requireWebhook(id, call);
  const now = new Date();
  const body = JSON.stringify({ type: TEST_TYPE, timestamp: now.toISOString(), data: { webhook_id: webhook.id } });
  const sent = await send({ id: createId(now.getTime()), body }, { webhook, sender: call.sender, signal: call.signal });
  if (sent === null)
    throw new GatewayError('overloaded', { what: 'too many messages to webhooks are under way', retryAfterSeconds: 5 });
  const { retryAfterMs: _none, ...attempt } = sent.answer;
  return { attempt: { at: sent.at, ...attempt }, isDelivered: attempt.error === null };
}
