// The numbers behind /metrics. No label names an account, a resource or anything else that a caller made up, so that the
// number of series has a bound.
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { SweepRecord } from '../background/sweep.ts';
import type { SharesState } from '../domain/caller/shares.ts';
import type { SettledUploads } from '../domain/uploads/settle-uploads.ts';
import type { DeliveryOutcome } from '../domain/webhooks/deliver.ts';
import type { RequestEvent } from '../http/request-events.ts';
import { createInstruments } from './instruments.ts';

/** One call of an adapter, when it is over. */
export type CallEvent = {
  readonly dependency: string;
  /** The method's name. */
  readonly call: string;
  readonly durationMs: number;
  /** Whether the dependency is to blame; refusals and callers that left do not count. */
  readonly failed: boolean;
};

/** Connections of the database's pool. */
export type PoolState = { readonly open: number; readonly idle: number; readonly waiting: number };

export type Metrics = {
  readonly registry: Registry;
  requestStarted(): void;
  recordRequest(event: RequestEvent): void;
  recordCall(event: CallEvent): void;
  recordSweep(event: SweepRecord): void;
  countDamage(): void;
  countHealed(): void;
  /** Asks `read` whenever the numbers are wanted. */
  watchPool(read: () => PoolState | null): void;
  recordUploads(settled: SettledUploads): void;
  /** Asks `read` whenever the number is wanted: how many uploads requests of this process have. */
  watchUploads(read: () => number): void;
  /** The same for the issuer's keys at hand. */
  watchKeys(read: () => { readonly ageMs: number | null; readonly isStale: boolean }): void;
  /** Asks `read` whenever the numbers are wanted: what is taken of each thing that requests share, by its name. */
  watchSlots(read: () => { readonly [slots: string]: SharesState }): void;
  /** The same: what is kept in memory of contents that are asked for often. */
  watchContents(read: () => { readonly keptBytes: number; readonly hits: number }): void;
  countEvents(events: number): void;
  /** Asks whenever the numbers are wanted: how many read events live, and how long the log has stood still. */
  watchEvents(read: EventsWatch): void;
  /** Of a message to a webhook that was sent, or should have been. */
  countDelivery(outcome: DeliveryOutcome): void;
  /** Asks `read` whenever the number is wanted: since when the oldest event waits; what does not come in time is left out. */
  watchUndelivered(read: () => Promise<Date | null>): void;
};

export type EventsWatch = {
  readers(): { readonly [transport: string]: number };
  /** What does not come in time is left out. */
  lagMs(): Promise<number>;
};

const OUR_FAILURES: ReadonlySet<string | undefined> = new Set(['internal', 'overloaded']);
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS', 'none']);

/** Instruments of one process, and nothing global. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { counter, durations, watch, watchEach } = createInstruments(registry);
  const requests = counter('http_requests_total', 'Requests answered', 'method', 'route', 'status');
  const requestDurations = durations(
    'http_request_duration_seconds',
    'From the request line to the end of the answer',
    'method',
    'route',
    'status',
  );
  const registers = [registry];
  const inFlight = new Gauge({ name: 'http_requests_in_flight', help: 'Requests not answered yet', registers });
  const receivedBytes = counter('http_received_bytes_total', 'Bytes of requests');
  const sentBytes = counter('http_sent_bytes_total', 'Bytes of answers');
  const operations = counter(
    'gateway_operations_total',
    'Requests by what they asked for and what became of it',
    'operation',
    'transport',
    'code',
  );
  const storedBytes = counter('resource_content_bytes_total', 'Bytes of content that acknowledged creates brought');
  const calls = durations(
    'gateway_dependency_duration_seconds',
    "Calls of the database, the store and the issuer's key address",
    'dependency',
    'call',
    'outcome',
  );
  const damaged = counter(
    'gateway_damaged_downloads_total',
    'Whole downloads broken off because the bytes were not those that were stored',
  );
  const healed = counter(
    'gateway_healed_blobs_total',
    'Contents that the store had lost and a new upload brought back',
  );
  const sweeps = counter('gateway_sweeps_total', 'Background sweeps', 'outcome');
  const sweptFor = counter('gateway_sweep_seconds_total', 'Time spent sweeping');
  const removed = counter('gateway_sweep_removed_total', 'What background sweeps removed', 'kind');
  const events = counter('gateway_events_written_total', 'Events that committed changes of this process have written');
  const uploads = counter(
    'gateway_uploads_settled_total',
    'Uploads that were finished, or removed, without a request, and those that could not be',
    'outcome',
  );
  const deliveries = counter(
    'gateway_webhook_deliveries_total',
    'Messages to webhooks, by what came of each try',
    'outcome',
  );
  new Gauge({
    name: 'gateway_build_info',
    help: 'The version that runs; always 1',
    labelNames: ['version', 'node'] as const,
    aggregator: 'first',
    registers,
  }).set({ version: readVersion(), node: process.version }, 1);

  return {
    registry,
    requestStarted: () => inFlight.inc(),
    recordRequest(event) {
      const labels = {
        method: METHODS.has(event.method) ? event.method : 'other',
        route: event.route,
        status: toStatus(event),
      };
      inFlight.dec();
      requests.inc(labels);
      if (event.isStream !== true) requestDurations.observe(labels, event.durationMs / 1000);
      operations.inc({
        operation: event.operation ?? 'unknown',
        transport: event.transport,
        code: toCode(event),
      });
      receivedBytes.inc(event.bytesIn);
      sentBytes.inc(event.bytesOut);
      if (event.sizeBytes !== undefined) storedBytes.inc(event.sizeBytes);
    },
    recordCall({ dependency, call, durationMs, failed }) {
      calls.observe({ dependency, call, outcome: failed ? 'failed' : 'ok' }, durationMs / 1000);
    },
    countDamage: () => damaged.inc(),
    countHealed: () => healed.inc(),
    recordUploads(settled) {
      for (const [outcome, count] of Object.entries(settled)) uploads.inc({ outcome }, count);
    },
    watchUploads(read) {
      const help = 'Uploads that requests have: bytes arrive for them, or they are being finished';
      watch({ name: 'gateway_uploads_held', help }, read);
    },
    recordSweep({ outcome, durationMs, removed: counts }) {
      sweeps.inc({ outcome });
      sweptFor.inc(durationMs / 1000);
      for (const [kind, count] of Object.entries(counts)) removed.inc({ kind }, count);
    },
    watchPool(read) {
      const help = 'Connections to the database: open, idle of those, and requests that wait for one';
      watchEach({ name: 'gateway_database_pool', help, label: 'state' }, () => read() ?? {});
    },
    watchKeys(read) {
      const stale =
        "Whether the issuer's keys at hand are older than they should be, or missing, because its address gives none";
      const worst = { aggregator: 'max' } as const;
      watch({ name: 'gateway_keys_stale', help: stale, ...worst }, () => Number(read().isStale));
      const age = 'Since they were fetched; 0 when they never were';
      watch({ name: 'gateway_keys_age_seconds', help: age, ...worst }, () => (read().ageMs ?? 0) / 1000);
    },
    watchContents(read) {
      const help = 'Of contents that are kept in memory, because they are asked for often';
      watch({ name: 'gateway_content_cache_bytes', help }, () => read().keptBytes);
      new Counter({
        name: 'gateway_content_cache_hits_total',
        help: 'Downloads that were answered from them',
        registers,
        collect() {
          this.reset();
          this.inc(read().hits);
        },
      });
    },
    countEvents: (count) => events.inc(count),
    watchEvents({ readers, lagMs }) {
      watchEach({ name: 'gateway_event_readers', help: 'Readers of live events', label: 'transport' }, readers);
      const help = 'For how long a transaction that is still under way has held the end of the log where it is';
      const about = { name: 'gateway_event_log_lag_seconds', help, aggregator: 'max' } as const;
      watch(about, async () => (await lagMs()) / 1000);
    },
    countDelivery: (outcome) => deliveries.inc({ outcome }),
    watchUndelivered(read) {
      const help = 'How old the oldest event is that has not come through to a webhook which is delivered to';
      watch({ name: 'gateway_webhook_oldest_undelivered_seconds', help, aggregator: 'max' }, async () => {
        const since = await read();
        return since === null ? 0 : Math.max(0, Date.now() - since.getTime()) / 1000;
      });
    },
    watchSlots(read) {
      const watchState = (name: string, help: string, of: (state: SharesState) => number) =>
        watchEach({ name, help, label: 'slots' }, () =>
          Object.fromEntries(Object.entries(read()).map(([slots, state]) => [toSnakeCase(slots), of(state)])),
        );
      watchState('gateway_slots_in_use', 'Taken of what requests share', ({ inUse }) => inUse);
      watchState('gateway_slots_waiting', 'Waiting for their turn at it', ({ waiting }) => waiting);
      watchState('gateway_slots_max', 'How much of it there is', ({ max }) => max);
    },
  };
}

/** What nginx writes down for a client that left before it was answered; no answer has it. */
const CLIENT_LEFT = 499;

/** GraphQL and batches answer 200 whatever befell their parts; who watches for failures must see those all the same. */
function toStatus({ status, errorCode, unanswered }: RequestEvent): number {
  if (unanswered) return CLIENT_LEFT;
  return status < 400 && OUR_FAILURES.has(errorCode) ? 500 : status;
}

function toCode({ aborted, errorCode, status, unanswered }: RequestEvent): string {
  // What is interrupted since its client is gone fails, and would look like a failure of ours.
  if (errorCode !== undefined && !(unanswered && OUR_FAILURES.has(errorCode))) return errorCode;
  if (aborted) return 'aborted';
  return status < 400 ? 'ok' : 'refused';
}

const toSnakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(findPackageJSON(import.meta.url) as string, 'utf8'));
  return String(version);
}
