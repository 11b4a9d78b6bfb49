// When to sweep, unasked. One sweep at a time, none at the start itself, and the timer does not keep the process alive.

export type SweepSchedule = {
  /** Ends the run that is under way, and resolves when it has ended; no other begins. */
  close(): Promise<void>;
};

export type SweepScheduleOptions = {
  readonly intervalMs: number;
  /** One sweep. Its failures are its own to report; the next one is due all the same. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

/** How far a pause may be from the interval, so that gateways that started together do not sweep together. */
const JITTER = 0.1;

/** Runs sweeps from now on, the first within one interval. Whoever starts it closes it. */
export function startSweeping({ intervalMs, run }: SweepScheduleOptions): SweepSchedule {
  const closing = new AbortController();
  let timer: NodeJS.Timeout;
  let running: Promise<void> = Promise.resolve();

  const wait = (pauseMs: number): void => {
    timer = setTimeout(() => {
      running = run(closing.signal)
        .catch(() => undefined)
        .then(() => {
          if (!closing.signal.aborted) wait(intervalMs * (1 - JITTER + 2 * JITTER * Math.random()));
        });
    }, pauseMs).unref();
  };
  wait(intervalMs * Math.random());

  return {
    async close() {
      clearTimeout(timer);
      closing.abort();
      await running;
    },
  };
}
