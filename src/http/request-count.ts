// Knows when no request is running any more, so that a stopping process leaves none half cleaned up.
import type { RequestObserver } from './request-events.ts';

export type RequestCount = {
  /** Passes everything on to the observer that the count was made for. */
  readonly observer: RequestObserver;
  /** Resolves when every request that has started is done. */
  allDone(): Promise<void>;
};

/** Counts from 0. */
export function createRequestCount(of: {
  requestStarted(): void;
  recordRequest: RequestObserver['onRequestDone'];
}): RequestCount {
  let running = 0;
  let waiting: (() => void)[] = [];
  return {
    observer: {
      onRequestStarted() {
        running += 1;
        of.requestStarted();
      },
      onRequestDone(event) {
        running -= 1;
        of.recordRequest(event);
        if (running > 0) return;
        for (const resolve of waiting) resolve();
        waiting = [];
      },
    },
    allDone: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve))),
  };
}
