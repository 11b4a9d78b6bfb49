// The logger, one wide event per request, and the counters behind /metrics. It never sees a token or a content.
import { type Logger, pino, stdTimeFunctions } from 'pino';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestEvent } from './request-event.ts';

export type Telemetry = {
  readonly logger: Logger;
  /** Logs and counts a finished request. */
  recordRequest(event: RequestEvent): void;
  requestStarted(): void;
  /** The counters in Prometheus text format, with its content type. */
  metrics(): Promise<{ contentType: string; text: string }>;
};

const DURATION_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

/** Opens nothing: the logger writes to standard output. */
export function createTelemetry({ logLevel }: { logLevel: string }): Telemetry {
  const logger = pino({ level: logLevel, base: { pid: process.pid }, timestamp: stdTimeFunctions.isoTime });
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const labelNames = ['method', 'route', 'status'] as const;
  const requests = new Counter({ name: 'http_requests_total', help: 'Requests answered', labelNames, registers });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From the request line to the end of the answer',
    labelNames: ['route'] as const,
    buckets: DURATION_BUCKETS_S,
    registers,
  });
  const inFlight = new Gauge({ name: 'http_requests_in_flight', help: 'Requests not answered yet', registers });
  const storedBytes = new Counter({
    name: 'resource_content_bytes_total',
    help: 'Bytes of content that acknowledged creates brought',
    registers,
  });

  return {
    logger,
    requestStarted: () => inFlight.inc(),
    recordRequest(event) {
      inFlight.dec();
      requests.inc({ method: event.method, route: event.route, status: event.status });
      durations.observe({ route: event.route }, event.durationMs / 1000);
      if (event.sizeBytes !== undefined) storedBytes.inc(event.sizeBytes);
      // A client that hung up is no failure of ours, whatever its hanging up interrupted.
      if (!event.aborted && (event.status >= 500 || event.err !== undefined)) logger.error(event, 'request');
      else logger.info(event, 'request');
    },
    metrics: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
