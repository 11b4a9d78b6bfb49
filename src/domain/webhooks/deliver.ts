// Delivering events to one webhook that this process has claimed. At least once: what is not recorded is sent again, with the
// same id. Events of one resource go one after the other; what fails is put aside, so that it holds up nothing else.
import { comparePositions, type GatewayEvent, type LoggedEvent } from '../events/event.ts';
import type { EventCursors } from '../events/event-cursor.ts';
import { EVERY_EVENT } from '../events/event-filter.ts';
import type { EventLog } from '../events/ports.ts';
import { forEachConcurrently } from '../flow/concurrently.ts';
import type { CallOptions } from '../flow/stream.ts';
import type { Answer, AttemptResult, EndpointHealth, WebhookSender, WebhookStore } from './ports.ts';
import { isStruggling, toNextAttempt, toResumption } from './retry-schedule.ts';
import { toSignedHeaders } from './signature.ts';
import type { Attempt, Delivery, Webhook } from './webhook.ts';

export type DeliveryPorts = {
  readonly store: WebhookStore;
  readonly log: Pick<EventLog, 'followEvents'>;
  readonly sender: WebhookSender;
  readonly cursors: Pick<EventCursors, 'toEvent'>;
  /** The body of a message, as JSON text. */
  readonly write: (event: GatewayEvent) => string;
  readonly onAttempt: (outcome: DeliveryOutcome) => void;
  /** False: what is under way is finished, and nothing else is begun. */
  readonly mayGoOn: () => boolean;
  /** Is told when a webhook is switched off. */
  readonly onDisabled: (webhook: Pick<Webhook, 'accountId' | 'id' | 'disabledReason'>) => void;
};

export type DeliveryOutcome = 'delivered' | 'failed' | 'given_up';

type Call = DeliveryPorts & CallOptions;

/** A claim outlives the slowest batch: one that begins its last message at the end of `BATCH_MS`. */
export const CLAIM_MS = 45_000;
const BATCH_MS = 10_000;
const BATCH_EVENTS = 64;
const BATCH_RETRIES = 32;
const BATCH_BYTES = 1024 * 1024;
const MAX_SCANNED = 5_000;
const MESSAGES_AT_ONCE = 8;

/** A webhook that this process delivers to until its claim runs out, or is given back. */
export type ClaimedWebhook = {
  readonly webhook: Webhook;
  readonly owner: string;
  /** False: the claim is given back also when there may be more. */
  readonly mayKeep: boolean;
};

/**
 * Delivers what failed before and is due again, and what the log has after the webhook's place: a batch, which it records.
 * @returns the webhook as it is then when there may be more for it right now, still claimed; null: the claim was given back
 */
export async function deliverBatch({ webhook, owner, mayKeep }: ClaimedWebhook, call: Call): Promise<Webhook | null> {
  const { accountId, id, filter, position: after } = webhook;
  const trying = { ...call, webhook, health: createHealth(webhook), endMs: performance.now() + BATCH_MS };
  const retried = await tryAgain(trying);
  const bounds = { maxCount: BATCH_EVENTS, maxScanned: MAX_SCANNED, maxBytes: BATCH_BYTES };
  const page = await call.log.followEvents({ accountId, after, filter, ...bounds }, call);
  const messages = page.events.map((event) => ({ event, epoch: page.log.epoch, attempts: [] }));
  const tried = await tryEach(messages, trying);

  // Up to the first that was not tried everything has been.
  const untried = page.events.findIndex((_, index) => tried[index] === null);
  const position = untried < 0 ? page.position : (page.events[untried - 1]?.position ?? after);
  const all = [...retried, ...tried].flatMap((result) => result ?? []);
  const results = all.filter((result) => comparePositions(result.position, position) <= 0);
  const health = trying.health.read();
  const mayGoOn = mayKeep && trying.health.isFit() && call.mayGoOn();
  const mayHaveMore = mayGoOn && (untried >= 0 || !page.isEnd || retried.length === BATCH_RETRIES);
  const batch = { accountId, id, owner, position, results, health, leaseMs: CLAIM_MS };
  const recorded = await call.store.recordBatch({ ...batch, release: !mayHaveMore }, call);
  if (recorded !== null && health.disabledReason !== null) call.onDisabled(recorded);
  return mayHaveMore ? recorded : null;
}

/** An event to be told, and how often that was tried before. */
type Message = { readonly event: LoggedEvent; readonly epoch: string; readonly attempts: readonly Attempt[] };
type Trying = Call & { readonly webhook: Webhook; readonly health: Health; readonly endMs: number };

/** What is due again. What has been dropped from the log meanwhile is given up. */
async function tryAgain(trying: Trying): Promise<(AttemptResult | null)[]> {
  const { webhook, store, signal } = trying;
  const maxCount = isStruggling(webhook.failures) ? 1 : BATCH_RETRIES;
  const listed = await store.listDueDeliveries(webhook, { maxCount, signal });
  // What comes after the webhook's place, once it has gone back for a replay, is sent anyway.
  const due = listed.filter(({ position }) => comparePositions(position, webhook.position) <= 0);
  const found = await Promise.all(due.map((delivery) => findMessage(delivery, trying)));
  const messages = found.filter((message) => message !== null);
  const forgotten = due.filter((_, index) => found[index] === null).map(toForgotten);
  return [...forgotten, ...(await tryEach(messages, trying))];
}

/** What has come of each; null: it was not tried, since the address should be left alone by now, or time is up. */
async function tryEach(messages: readonly Message[], trying: Trying): Promise<(AttemptResult | null)[]> {
  const { webhook, health, endMs, mayGoOn } = trying;
  const results = new Map<Message, AttemptResult>();
  const first = isStruggling(webhook.failures) ? messages.slice(0, 1) : messages;
  await forEachConcurrently(health.isFit() ? toLanes(first) : [], {
    maxAtOnce: MESSAGES_AT_ONCE,
    async work(lane) {
      for (const message of lane) {
        if (!health.isFit() || !mayGoOn() || performance.now() > endMs) return;
        const result = await attempt(message, trying);
        if (result === null) return;
        results.set(message, result);
      }
    },
  });
  return messages.map((message) => results.get(message) ?? null);
}

/** Events of one resource in a lane of their own, in their order; those of directories are each alone. */
function toLanes(messages: readonly Message[]): Message[][] {
  const lanes = new Map<string, Message[]>();
  for (const message of messages) {
    const { subject, position } = message.event;
    const key = subject ?? `${position.xid} ${position.id}`;
    const lane = lanes.get(key);
    if (lane === undefined) lanes.set(key, [message]);
    else lane.push(message);
  }
  return [...lanes.values()];
}

/** One message. Null: it was not sent, since too many are under way. */
async function attempt(message: Message, trying: Trying): Promise<AttemptResult | null> {
  const { webhook, health, sender, cursors, write, onAttempt, signal } = trying;
  const { attempts } = message;
  const event = cursors.toEvent(message.event, message.epoch);
  const sent = await send({ id: event.id, body: write(event) }, { webhook, sender, signal });
  if (sent === null) return null;
  const { retryAfterMs, ...record } = sent.answer;
  const failed = record.error !== null;
  const retry = { now: sent.at, retryAfterMs, random: Math.random() };
  const nextAttemptAt = failed && record.status !== GONE ? toNextAttempt(attempts.length + 1, retry) : null;
  const state = toState(failed, nextAttemptAt);
  health.take(sent, { state, firstAt: attempts[0]?.at ?? sent.at });
  onAttempt(OUTCOMES[state]);
  const { position, type } = event;
  const isFirst = attempts.length === 0;
  return { position, eventId: event.id, type, attempt: { at: sent.at, ...record }, isFirst, state, nextAttemptAt };
}

const OUTCOMES = { delivered: 'delivered', retrying: 'failed', failed: 'given_up' } as const;

function toState(failed: boolean, nextAttemptAt: Date | null): Delivery['state'] {
  if (!failed) return 'delivered';
  return nextAttemptAt === null ? 'failed' : 'retrying';
}

const GONE = 410;
/** The address asks for fewer messages, not only for this one again (Standard Webhooks 1.0). */
const THROTTLING: ReadonlySet<number | null> = new Set([429, 502, 503, 504]);
const MIN_THROTTLE_MS = 1_000;

export type SendOptions = CallOptions & { readonly webhook: Webhook; readonly sender: WebhookSender };
type Sent = { readonly at: Date; readonly answer: Answer };

/** Signs and sends one message. Null: too many are under way. */
export async function send(
  message: { readonly id: string; readonly body: string },
  { webhook, sender, signal }: SendOptions,
): Promise<Sent | null> {
  const at = new Date();
  const { accountId, url } = webhook;
  const headers = toSignedHeaders({ ...message, at }, webhook);
  try {
    return { at, answer: await sender.send({ accountId, url, headers, body: message.body }, { signal }) };
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

type Health = {
  /** Whether the address may be sent another message now. */
  isFit(): boolean;
  take(sent: Sent, delivery: { readonly state: Delivery['state']; readonly firstAt: Date }): void;
  read(): EndpointHealth;
};

function createHealth({ failures: before, failingSince: since }: Webhook): Health {
  let failures = before;
  let failingSince = since;
  let resumeAt: Date | null = null;
  let disabledReason: EndpointHealth['disabledReason'] = null;
  return {
    isFit: () => resumeAt === null && disabledReason === null,
    take({ at, answer: { status, error, retryAfterMs } }, { state, firstAt }) {
      if (error === null) {
        failures = 0;
        failingSince = null;
        return;
      }
      failures += 1;
      failingSince ??= at;
      const asked = THROTTLING.has(status) ? Math.max(retryAfterMs ?? 0, MIN_THROTTLE_MS) : null;
      resumeAt = toResumption(failures, { now: at, retryAfterMs: asked, random: Math.random() }) ?? resumeAt;
      if (status === GONE) disabledReason = 'gone';
      // Nothing has come through since the first attempt at what is given up now.
      else if (state === 'failed' && failingSince <= firstAt) disabledReason = 'failing';
    },
    read: () => ({ failures, failingSince, resumeAt, disabledReason }),
  };
}

/** Null: it is so old that it has been dropped. */
async function findMessage({ accountId, position, attempts }: Delivery, call: Call): Promise<Message | null> {
  const query = { accountId, after: { ...position, id: position.id - 1n }, filter: EVERY_EVENT };
  const page = await call.log.followEvents({ ...query, maxCount: 1, maxScanned: 1, maxBytes: 1 }, call);
  const [event] = page.events;
  if (event === undefined || comparePositions(event.position, position) !== 0) return null;
  return { event, epoch: page.log.epoch, attempts };
}

function toForgotten({ position, eventId, type }: Delivery): AttemptResult {
  const attempt = { at: new Date(), status: null, durationMs: 0, response: null, error: 'the event is no longer kept' };
  return { position, eventId, type, attempt, isFirst: false, state: 'failed', nextAttemptAt: null };
}
