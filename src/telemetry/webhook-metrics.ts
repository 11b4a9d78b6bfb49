// The instruments of webhooks.
import type { DeliveryOutcome } from '../domain/webhooks/deliver.ts';
import type { Instruments } from './instruments.ts';

export type WebhookMetrics = {
  /** Of a message that was sent, or should have been. */
  countDelivery(outcome: DeliveryOutcome): void;
  /** Asks `read` whenever the number is wanted: since when the oldest event waits; what does not come in time is left out. */
  watchUndelivered(read: () => Promise<Date | null>): void;
};

export function createWebhookMetrics({ counter, watch }: Instruments): WebhookMetrics {
  const help = 'Messages to webhooks, by what came of each try';
  const deliveries = counter('gateway_webhook_deliveries_total', help, 'outcome');
  return {
    countDelivery: (outcome) => deliveries.inc({ outcome }),
    watchUndelivered(read) {
      const oldest = 'How old the oldest event is that has not come through to a webhook which is delivered to';
      const name = 'gateway_webhook_oldest_undelivered_seconds';
      watch({ name, help: oldest, aggregator: 'max' }, async () => {
        const since = await read();
        return since === null ? 0 : Math.max(0, Date.now() - since.getTime()) / 1000;
      });
    },
  };
}
