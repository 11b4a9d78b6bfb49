// When to do what nobody asks for. One run at a time, none at the start itself, and the timer does not keep the process alive.

export type Schedule = {
  /** Ends the run that is under way, and resolves when it has ended; no other begins. */
  close(): Promise<void>;
};

export type ScheduleOptions = {
  readonly intervalMs: number;
  /** Does it once. Its failures are its own to report; the next one is due all the same. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

/** How far a pause may be from the interval, so that gateways that started together do not work together. */
const JITTER = 0.1;

/** Repeats it from now on, the first within one interval. Whoever starts it closes it. */
export function startRepeating({ intervalMs, run }: ScheduleOptions): Schedule {
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
