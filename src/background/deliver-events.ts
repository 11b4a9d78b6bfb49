// Delivers events to webhooks for as long as the gateway runs. Any gateway delivers for any account: what is to be done lies in
// the database, where each webhook is claimed by one at a time.
import { randomUUID } from 'node:crypto';
import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import { CLAIM_MS, type DeliveryPorts, deliverBatch } from '../domain/webhooks/deliver.ts';
import type { WebhookStore } from '../domain/webhooks/ports.ts';
import type { Webhook } from '../domain/webhooks/webhook.ts';
import { startRepeating } from './schedule.ts';

export type DelivererOptions = Omit<DeliveryPorts, 'mayGoOn'> & {
  /** Is told of what could not be read or recorded; it is tried again. */
  readonly onFailure: (err: unknown) => void;
  /** How long closing waits for messages that are under way. */
  readonly drainMs: number;
};

export type Deliverer = {
  /** Says that something of this account has been committed, or one of its webhooks changed. */
  wake(accountId: string): void;
  /** Says that this account has a webhook now. */
  add(accountId: string): void;
  /** Begins nothing more, and waits a while for what is under way. What is cut off is delivered again by whoever comes next. */
  close(): Promise<void>;
};

/** How soon what other gateways committed, and what is due again, is found. */
const SCAN_INTERVAL_MS = 1_000;
const PAGES_PER_SCAN = 10;
/** How soon a webhook that was created through another gateway is known of. */
const ACCOUNTS_INTERVAL_MS = 5_000;
const MAX_ACCOUNTS = 10_000;
/** What was committed just now can be read when all has ended that was under way then, which mostly takes no time. */
const WAKE_PAUSE_MS = 20;
const WAKE_PASSES = 5;
const MAX_WEBHOOKS_AT_ONCE = 128;
const MAX_PER_ACCOUNT = 16;
/** Then it is another webhook's turn. */
const MAX_BATCHES = 20;

/** Starts to deliver. Whoever starts it closes it. */
export function startDelivering({ onFailure, drainMs, ...ports }: DelivererOptions): Deliverer {
  const closing = new AbortController();
  const { signal } = closing;
  const owner = randomUUID();
  const running = new Map<string, { readonly accountId: string; readonly ended: Promise<void> }>();
  /** Those that have webhooks, and how often the woken ones are still to be looked at. */
  const accounts = new Set<string>();
  const woken = new Map<string, number>();
  let mayGoOn = true;
  let timer: NodeJS.Timeout | null = null;
  let passing: Promise<void> = Promise.resolve();
  let place: Awaited<ReturnType<WebhookStore['claimWebhooks']>>['next'] = null;

  /** Begins as many as there is room for. */
  async function claim(accountIds: readonly string[] | null) {
    const after = accountIds === null ? place : null;
    const maxCount = MAX_WEBHOOKS_AT_ONCE - running.size;
    if (!mayGoOn || maxCount <= 0) return { claimed: [], next: after };
    const counts = new Map<string, number>();
    for (const { accountId } of running.values()) counts.set(accountId, (counts.get(accountId) ?? 0) + 1);
    const exceptAccountIds = [...counts]
      .filter(([, count]) => count >= MAX_PER_ACCOUNT)
      .map(([accountId]) => accountId);
    const query = { accountIds, exceptAccountIds, after, owner, leaseMs: CLAIM_MS, maxCount };
    const { claimed, next } = await ports.store.claimWebhooks({ ...query, maxPerAccount: MAX_PER_ACCOUNT }, { signal });
    for (const webhook of claimed) begin(webhook);
    return { claimed, next };
  }

  function begin(webhook: Webhook): void {
    const { accountId, id } = webhook;
    const key = `${accountId} ${id}`;
    const ended = deliver(webhook)
      .catch((err) => {
        if (!signal.aborted) onFailure(err);
      })
      .finally(() => {
        running.delete(key);
        // For what was committed while the last page was under way.
        wake(accountId, 1);
      });
    running.set(key, { accountId, ended });
  }

  async function deliver(first: Webhook): Promise<void> {
    const call = { ...ports, mayGoOn: () => mayGoOn, signal };
    let webhook: Webhook | null = first;
    for (let batch = 1; webhook !== null; batch += 1) {
      webhook = await deliverBatch({ webhook, owner, mayKeep: batch < MAX_BATCHES }, call);
    }
  }

  function wake(accountId: string, passes = WAKE_PASSES): void {
    if (!mayGoOn || !accounts.has(accountId)) return;
    woken.set(accountId, Math.max(passes, woken.get(accountId) ?? 0));
    timer ??= setTimeout(startPass, WAKE_PAUSE_MS);
  }

  function startPass(): void {
    passing = pass();
  }

  async function pass(): Promise<void> {
    const accountIds = [...woken.keys()];
    for (const [accountId, passes] of woken) {
      if (passes > 1) woken.set(accountId, passes - 1);
      else woken.delete(accountId);
    }
    await claim(accountIds).catch(report);
    // Less often the longer it takes.
    const left = Math.max(0, ...woken.values());
    timer = mayGoOn && left > 0 ? setTimeout(startPass, WAKE_PAUSE_MS * 2 ** (WAKE_PASSES - left)) : null;
  }

  async function scan(): Promise<void> {
    if (accounts.size === 0) return;
    for (let page = 0; page < PAGES_PER_SCAN; page += 1) {
      place = (await claim(null)).next;
      if (place === null) return;
    }
  }

  async function findAccounts(): Promise<void> {
    const found = await ports.store.listDeliveringAccounts({ maxCount: MAX_ACCOUNTS, signal });
    accounts.clear();
    for (const accountId of found) accounts.add(accountId);
  }

  const allEnded = () => Promise.all([...running.values()].map(({ ended }) => ended));
  const report = (err: unknown) => {
    if (!signal.aborted) onFailure(err);
  };
  // What an earlier process left goes on at once.
  const found = findAccounts().then(scan).catch(report);
  const schedules = [
    startRepeating({ intervalMs: SCAN_INTERVAL_MS, run: () => scan().catch(report) }),
    startRepeating({ intervalMs: ACCOUNTS_INTERVAL_MS, run: () => findAccounts().catch(report) }),
  ];

  return {
    wake: (accountId) => wake(accountId),
    add(accountId) {
      accounts.add(accountId);
      wake(accountId);
    },
    async close() {
      mayGoOn = false;
      if (timer !== null) clearTimeout(timer);
      await Promise.race([allEnded(), setTimeoutPromise(drainMs, undefined, { ref: false })]);
      closing.abort();
      // Who had claimed just then gives it back, or leaves it to its end.
      await Promise.all([...schedules.map((schedule) => schedule.close()), found, passing]);
      await allEnded();
    },
  };
}
