// Webhooks, and what has come of deliveries to them.
import { LOG_START } from '../../../src/domain/events/event.ts';
import { EVERY_EVENT } from '../../../src/domain/events/event-filter.ts';
import { createId } from '../../../src/domain/fields/ids.ts';
import type { AttemptResult, EndpointHealth } from '../../../src/domain/webhooks/ports.ts';
import { createWebhookSecret } from '../../../src/domain/webhooks/signature.ts';
import type { Attempt, Webhook } from '../../../src/domain/webhooks/webhook.ts';

/** One that is told of everything from the log's beginning on. */
export function createWebhook(changes: Partial<Webhook> = {}): Webhook {
  const now = new Date();
  return {
    accountId: 'acme',
    id: createId(),
    url: 'https://example.com/hook',
    filter: EVERY_EVENT,
    description: null,
    disabledReason: null,
    secret: createWebhookSecret(),
    previousSecret: null,
    position: LOG_START,
    failures: 0,
    failingSince: null,
    resumeAt: null,
    createdBy: 'alice',
    createdAt: now,
    updatedAt: now,
    ...changes,
  };
}

export function createAttempt(changes: Partial<Attempt> = {}): Attempt {
  return { at: new Date(), status: 204, durationMs: 12, response: null, error: null, ...changes };
}

/** Of a delivery that came through. */
export function createResult(changes: Partial<AttemptResult> = {}): AttemptResult {
  return {
    position: { ...LOG_START, id: 1n },
    eventId: createId(),
    type: 'resource.created',
    attempt: createAttempt(),
    isFirst: true,
    state: 'delivered',
    nextAttemptAt: null,
    ...changes,
  };
}

export function createHealth(changes: Partial<EndpointHealth> = {}): EndpointHealth {
  return { failures: 0, failingSince: null, resumeAt: null, disabledReason: null, ...changes };
}
