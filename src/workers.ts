// Several serving processes on one port: starts them, replaces one that dies, passes a stop on. It serves nothing
// itself, and nothing in its memory decides anything.
import cluster, { type Worker } from 'node:cluster';
import { answerMetrics } from './cluster-metrics.ts';

/** Slower each time, so that a worker that dies at its start does not keep a core busy. */
const FIRST_RESTART_MS = 100;
const MAX_RESTART_MS = 10_000;
/** A worker that has served this long has not died of its start. */
const HEALTHY_MS = 30_000;

type Slot = { readonly env: NodeJS.ProcessEnv; restartMs: number };

/**
 * Leads `count` workers, which run this process's own program. All but one leave the background sweep alone.
 * @param log told of every worker that dies unasked
 */
export function leadWorkers(count: number, log: (what: string) => void): void {
  let stopping = false;
  let hasServed = false;
  answerMetrics();
  cluster.on('listening', () => {
    hasServed = true;
  });

  function start(slot: Slot): void {
    const startedMs = performance.now();
    const worker = cluster.fork(slot.env);
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
    if (stopping) for (const worker of workers) worker.process.kill('SIGKILL');
    stopping = true;
    process.exitCode = exitCode;
    for (const worker of workers) {
      worker.once('exit', (code) => {
        if (code !== 0) process.exitCode = 1;
      });
      worker.process.kill(signal);
    }
  }

  process.on('SIGTERM', () => stop('SIGTERM', 0)).on('SIGINT', () => stop('SIGTERM', 0));
  for (let index = 0; index < count; index += 1) {
    start({ env: index === 0 ? {} : { SWEEP_INTERVAL_MS: '0' }, restartMs: FIRST_RESTART_MS });
  }
}
