// The numbers behind /metrics. No label names an account, a resource or anything else that a caller made up, so that the
// number of series has a bound.
import { readFileSync } from 'node:fs';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestEvent } from '../request-event.ts';

/** One call of an adapter, when it is over. */
export type CallEvent = {
  readonly dependency: string;
  /** The method's name. */
  readonly call: string;
  readonly durationMs: number;
  /** Whether the dependency is to blame; refusals and callers that left do not count. */
  readonly failed: boolean;
};

export type SweepEvent = {
  readonly outcome: 'done' | 'stopped' | 'failed';
  readonly durationMs: number;
  /** What was removed, by its kind. */
  readonly removed: { readonly [kind: string]: number };
};

/** Connections of the database's pool. */
export type PoolState = { readonly open: number; readonly idle: number; readonly waiting: number };

export type Metrics = {
  readonly registry: Registry;
  requestStarted(): void;
  recordRequest(event: RequestEvent): void;
  recordCall(event: CallEvent): void;
  recordSweep(event: SweepEvent): void;
  countDamage(): void;
  /** Asks `read` whenever the numbers are wanted. */
  watchPool(read: () => PoolState | null): void;
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
    help: 'Calls of the database and the store',
    labelNames: ['dependency', 'call', 'outcome'] as const,
    buckets: DURATION_BUCKETS_S,
    registers,
  });
  const damaged = new Counter({
    name: 'gateway_damaged_downloads_total',
    help: 'Whole downloads broken off because the bytes were not those that were stored',
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
      durations.observe(labels, event.durationMs / 1000);
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
  };
}

/** GraphQL and batches answer 200 whatever befell their parts; who watches for failures must see those all the same. */
function toStatus({ status, errorCode }: RequestEvent): number {
  return status < 400 && OUR_FAILURES.has(errorCode) ? 500 : status;
}

function toCode({ aborted, errorCode, status }: RequestEvent): string {
  if (errorCode !== undefined) return errorCode;
  if (aborted) return 'aborted';
  return status < 400 ? 'ok' : 'refused';
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return String(version);
}
