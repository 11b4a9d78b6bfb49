// The logger, one wide event per request, and the counters behind /metrics. It never sees a token or a content.
import cluster from 'node:cluster';
import { type Logger, pino, stdTimeFunctions } from 'pino';
import { toCommandLine } from '../domain/maintenance/command-line.ts';
import type { RequestEvent } from '../http/request-events.ts';
import { createClusterMetrics } from './cluster-metrics.ts';
import { createLogDestination } from './log-destination.ts';
import { createMetrics, type Metrics } from './metrics.ts';

export type Telemetry = Omit<Metrics, 'registry' | 'countDamage' | 'countHealed'> & {
  readonly logger: Logger;
  /** Logs and counts a finished request. */
  recordRequest(event: RequestEvent): void;
  /** Logs and counts a content that was not sent whole, because it is other than what was stored. */
  recordDamage(damage: { readonly resourceId: string }): void;
  /** Logs and counts a content that the store had lost, and that a request has brought back. */
  recordHealed(healed: { readonly requestId: string; readonly sha256: string }): void;
  /** The counters of all serving processes in Prometheus text format, with its content type. */
  metrics(): Promise<{ contentType: string; text: string }>;
};

/** Opens nothing: the logger writes to standard output. */
export function createTelemetry({ logLevel }: { logLevel: string }): Telemetry {
  const options = { level: logLevel, base: { pid: process.pid }, timestamp: stdTimeFunctions.isoTime };
  const logger = pino(options, createLogDestination());
  const { registry, countDamage, countHealed, ...metrics } = createMetrics();
  const readAll = cluster.isWorker ? createClusterMetrics(registry) : () => registry.metrics();

  return {
    ...metrics,
    logger,
    recordRequest(event) {
      metrics.recordRequest(event);
      // A client that hung up is no failure of ours, whatever its hanging up interrupted.
      if (!event.aborted && (event.status >= 500 || event.err !== undefined)) logger.error(event, 'request');
      else logger.info(event, 'request');
    },
    recordDamage(damage) {
      countDamage();
      logger.error(damage, `the bytes of a content are not those that were stored: see ${toCommandLine('verify')}`);
    },
    recordHealed(healed) {
      countHealed();
      logger.info(healed, 'the store had lost a content, which a new upload has brought back');
    },
    metrics: async () => ({ contentType: registry.contentType, text: await readAll() }),
  };
}
