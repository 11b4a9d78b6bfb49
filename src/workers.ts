// Several serving processes on one port: starts them, replaces one that dies, passes a stop on. It serves nothing
// itself, and nothing in its memory decides anything.
import type { ChildProcess } from 'node:child_process';
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { answerMetrics } from './telemetry/cluster-metrics.ts';

/** Slower each time, so that a worker that dies at its start does not keep a core busy. */
const FIRST_RESTART_MS = 100;
const MAX_RESTART_MS = 10_000;
/** A worker that has served this long has not died of its start. */
const HEALTHY_MS = 30_000;

type Slot = { readonly env: NodeJS.ProcessEnv; restartMs: number };

export type LeadOptions = {
  readonly count: number;
  /** Added to the workers' environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Told of every worker that dies unasked. */
  readonly log: (what: string) => void;
  /** Called once, when all workers have ended: frees what they shared. */
  readonly close: () => Promise<void>;
};

/** Leads workers, which run this process's own program. All but one leave the background sweep alone. */
export function leadWorkers({ count, env, log, close }: LeadOptions): void {
  let stopping = false;
  let hasServed = false;
  let lastFailure: string | null = null;
  answerMetrics();
  cluster.on('listening', () => {
    hasServed = true;
  });

  function start(slot: Slot): void {
    const startedMs = performance.now();
    const worker = cluster.fork({ ...env, ...slot.env });
    closeUnaccepted(worker.process);
    worker.on('message', (message: unknown) => {
      // All of those that start together fail alike.
      if (!isFailedStart(message) || (!hasServed && message.text === lastFailure)) return;
      lastFailure = message.text;
      log(message.text.trimEnd());
    });
    worker.once('exit', (code, signal) => {
      if (stopping) return;
      // What keeps the first worker from starting keeps the others as well.
      if (!hasServed) return stop('SIGTERM', code || 1);
      slot.restartMs = performance.now() - startedMs > HEALTHY_MS ? FIRST_RESTART_MS : slot.restartMs * 2;
      log(`worker ${worker.process.pid} ended with ${signal ?? code}; starting another`);
      setTimeout(() => stopping || start(slot), Math.min(slot.restartMs, MAX_RESTART_MS));
    });
  }

  function stop(signal: NodeJS.Signals, exitCode: number): void {
    const workers = Object.values(cluster.workers ?? {}).filter((worker): worker is Worker => worker !== undefined);
    // The second signal is meant to be obeyed at once.
    if (stopping) {
      for (const worker of workers) worker.process.kill('SIGKILL');
      return;
    }
    stopping = true;
    process.exitCode = exitCode;
    const ends = workers.map(async (worker) => {
      const exited = once(worker, 'exit');
      worker.process.kill(signal);
      const [code] = await exited;
      if (code !== 0) process.exitCode = 1;
    });
    Promise.all(ends)
      .then(close)
      .catch((error) => {
        log(`could not stop cleanly: ${error instanceof Error ? error.message : error}`);
        process.exitCode = 1;
      });
  }

  process.on('SIGTERM', () => stop('SIGTERM', 0)).on('SIGINT', () => stop('SIGTERM', 0));
  for (let index = 0; index < count; index += 1) {
    start({ env: index === 0 ? {} : { SWEEP_INTERVAL_MS: '0' }, restartMs: FIRST_RESTART_MS });
  }
}

/**
 * Node hands each accepted connection to a worker and closes its own end of it when the worker says that it has it. A
 * worker that dies before says nothing, so that the connection would stay open here with nobody to answer it.
 */
function closeUnaccepted(worker: ChildProcess): void {
  const handedOver = new Map<unknown, { close(): void }>();
  const send = worker.send.bind(worker) as (...args: unknown[]) => boolean;
  worker.send = (...args: unknown[]) => {
    const [message, handle] = args;
    if (isNumbered(message) && isClosable(handle)) handedOver.set(message.seq, handle);
    return send(...args);
  };
  // Node's own messages about the cluster; this is the only place where they can be seen.
  worker.on('internalMessage', (message: unknown) => {
    if (typeof message === 'object' && message !== null && 'ack' in message) handedOver.delete(message.ack);
  });
  worker.once('exit', () => {
    for (const handle of handedOver.values()) handle.close();
  });
}

/** What main.ts sends of a worker that cannot start. */
function isFailedStart(message: unknown): message is { text: string } {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'start-failed';
}

function isNumbered(message: unknown): message is { seq: unknown } {
  return typeof message === 'object' && message !== null && 'seq' in message;
}

function isClosable(handle: unknown): handle is { close(): void } {
  return typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function';
}
