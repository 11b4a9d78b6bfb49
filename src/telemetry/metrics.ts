// The numbers behind /metrics. No label names an account, a resource or anything else that a caller made up, so that the
// number of series has a bound.
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { SweepRecord } from '../background/sweep.ts';
import type { SharesState } from '../domain/caller/shares.ts';
import type { SettledUploads } from '../domain/uploads/settle-uploads.ts';
import type { RequestEvent } from '../http/request-events.ts';
import { createWebhookMetrics, type WebhookMetrics } from './webhook-metrics.ts';

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

export type Metrics = WebhookMetrics & {
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
};

export type EventsWatch = {
  readers(): { readonly [transport: string]: number };
  /** What does not come in time is left out. */
  lagMs(): Promise<number>;
};

const DURATION_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];
const OUR_FAILURES: ReadonlySet<string | undefined> = new Set(['internal', 'overloaded']);
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS', 'none']);

/** Instruments of one process, and nothing global. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const labelNames = ['method', 'route', 'status'] as const;
  const requests = new Counter({ name: 'http_requests_total', help: 'Requests answered', labelNames, registers });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From the request line to the end of the answer',
    labelNames,
    buckets: DURATION_BUCKETS_S,
    registers,
  });
  const inFlight = new Gauge({ name: 'http_requests_in_flight', help: 'Requests not answered yet', registers });
  const receivedBytes = new Counter({ name: 'http_received_bytes_total', help: 'Bytes of requests', registers });
  const sentBytes = new Counter({ name: 'http_sent_bytes_total', help: 'Bytes of answers', registers });
  const operations = new Counter({
    name: 'gateway_operations_total',
    help: 'Requests by what they asked for and what became of it',
    labelNames: ['operation', 'transport', 'code'] as const,
    registers,
  });
  const storedBytes = new Counter({
    name: 'resource_content_bytes_total',
    help: 'Bytes of content that acknowledged creates brought',
    registers,
  });
  const calls = new Histogram({
    name: 'gateway_dependency_duration_seconds',
    help: "Calls of the database, the store and the issuer's key address",
    labelNames: ['dependency', 'call', 'outcome'] as const,
    buckets: DURATION_BUCKETS_S,
    registers,
  });
  const damaged = new Counter({
    name: 'gateway_damaged_downloads_total',
    help: 'Whole downloads broken off because the bytes were not those that were stored',
    registers,
  });
  const healed = new Counter({
    name: 'gateway_healed_blobs_total',
    help: 'Contents that the store had lost and a new upload brought back',
    registers,
  });
  const sweeps = new Counter({
    name: 'gateway_sweeps_total',
    help: 'Background sweeps',
    labelNames: ['outcome'] as const,
    registers,
  });
  const sweptFor = new Counter({ name: 'gateway_sweep_seconds_total', help: 'Time spent sweeping', registers });
  const removed = new Counter({
    name: 'gateway_sweep_removed_total',
    help: 'What background sweeps removed',
    labelNames: ['kind'] as const,
    registers,
  });
  const events = new Counter({
    name: 'gateway_events_written_total',
    help: 'Events that committed changes of this process have written',
    registers,
  });
  const uploads = new Counter({
    name: 'gateway_uploads_settled_total',
    help: 'Uploads that were finished, or removed, without a request, and those that could not be',
    labelNames: ['outcome'] as const,
    registers,
  });
  new Gauge({
    name: 'gateway_build_info',
    help: 'The version that runs; always 1',
    labelNames: ['version', 'node'] as const,
    aggregator: 'first',
    registers,
  }).set({ version: readVersion(), node: process.version }, 1);

  return {
    registry,
    ...createWebhookMetrics(registry),
    requestStarted: () => inFlight.inc(),
    recordRequest(event) {
      const labels = {
        method: METHODS.has(event.method) ? event.method : 'other',
        route: event.route,
        status: toStatus(event),
      };
      inFlight.dec();
      requests.inc(labels);
      if (event.isStream !== true) durations.observe(labels, event.durationMs / 1000);
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
      new Gauge({
        name: 'gateway_uploads_held',
        help: 'Uploads that requests have: bytes arrive for them, or they are being finished',
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    recordSweep({ outcome, durationMs, removed: counts }) {
      sweeps.inc({ outcome });
      sweptFor.inc(durationMs / 1000);
      for (const [kind, count] of Object.entries(counts)) removed.inc({ kind }, count);
    },
    watchPool(read) {
      new Gauge({
        name: 'gateway_database_pool',
        help: 'Connections to the database: open, idle of those, and requests that wait for one',
        labelNames: ['state'] as const,
        registers,
        collect() {
          for (const [state, count] of Object.entries(read() ?? {})) this.set({ state }, count);
        },
      });
    },
    watchKeys(read) {
      // Of several processes the one that is worst off counts.
      const worst = { registers, aggregator: 'max' } as const;
      new Gauge({
        name: 'gateway_keys_stale',
        help: "Whether the issuer's keys at hand are older than they should be, or missing, because its address gives none",
        ...worst,
        collect() {
          this.set(read().isStale ? 1 : 0);
        },
      });
      new Gauge({
        name: 'gateway_keys_age_seconds',
        help: 'Since they were fetched; 0 when they never were',
        ...worst,
        collect() {
          this.set((read().ageMs ?? 0) / 1000);
        },
      });
    },
    watchContents(read) {
      new Gauge({
        name: 'gateway_content_cache_bytes',
        help: 'Of contents that are kept in memory, because they are asked for often',
        registers,
        collect() {
          this.set(read().keptBytes);
        },
      });
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
      new Gauge({
        name: 'gateway_event_readers',
        help: 'Readers of live events',
        labelNames: ['transport'] as const,
        registers,
        collect() {
          for (const [transport, count] of Object.entries(readers())) this.set({ transport }, count);
        },
      });
      new Gauge({
        name: 'gateway_event_log_lag_seconds',
        help: 'For how long a transaction that is still under way has held the end of the log where it is',
        registers,
        // All processes see the one log.
        aggregator: 'max',
        async collect() {
          try {
            this.set((await lagMs()) / 1000);
          } catch {
            this.remove();
          }
        },
      });
    },
    watchSlots(read) {
      const watch = (name: string, { help, of }: { help: string; of: (state: SharesState) => number }) =>
        new Gauge({
          name,
          help,
          labelNames: ['slots'] as const,
          registers,
          collect() {
            for (const [slots, state] of Object.entries(read())) this.set({ slots: toSnakeCase(slots) }, of(state));
          },
        });
      watch('gateway_slots_in_use', { help: 'Taken of what requests share', of: ({ inUse }) => inUse });
      watch('gateway_slots_waiting', { help: 'Waiting for their turn at it', of: ({ waiting }) => waiting });
      watch('gateway_slots_max', { help: 'How much of it there is', of: ({ max }) => max });
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
