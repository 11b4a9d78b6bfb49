// The instruments of webhooks.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { DeliveryOutcome } from '../domain/webhooks/deliver.ts';

export type WebhookMetrics = {
  /** Of a message that was sent, or should have been. */
  countDelivery(outcome: DeliveryOutcome): void;
  /** Asks `read` whenever the number is wanted: since when the oldest event waits; what does not come in time is left out. */
  watchUndelivered(read: () => Promise<Date | null>): void;
};

export function createWebhookMetrics(registry: Registry): WebhookMetrics {
  const registers = [registry];
  const deliveries = new Counter({
    name: 'gateway_webhook_deliveries_total',
    help: 'Messages to webhooks, by what came of each try',
    labelNames: ['outcome'] as const,
    registers,
  });
  return {
    countDelivery: (outcome) => deliveries.inc({ outcome }),
    watchUndelivered(read) {
      new Gauge({
        name: 'gateway_webhook_oldest_undelivered_seconds',
        help: 'How old the oldest event is that has not come through to a webhook which is delivered to',
        registers,
        // All processes see the one log.
        aggregator: 'max',
        async collect() {
          try {
            const since = await read();
            this.set(since === null ? 0 : Math.max(0, Date.now() - since.getTime()) / 1000);
          } catch {
            this.remove();
          }
        },
      });
    },
  };
}
