// One fetch's hold on the machine: its signal, its total time and its slot. Nothing it opened outlives it.

/** Whoever holds it ends it. Sockets are tied to `signal`, so that ending it closes them. */
export type FetchLease = {
  readonly signal: AbortSignal;
  /** Ends the fetch; `reason` is what waiting calls reject with. Harmless when repeated: the first reason stays. */
  end(reason?: unknown): void;
};

export type FetchLeaseOptions = {
  /** The caller's, and the opener's own: any of them ends the lease. */
  readonly signals: readonly AbortSignal[];
  readonly totalTimeoutMs: number;
  /** The reason when the time is over. */
  readonly onTimeout: () => Error;
  readonly release: () => void;
};

/** Begins a lease, which also ends by itself when a signal aborts or the time is over. */
export function openFetchLease({ signals, totalTimeoutMs, onTimeout, release }: FetchLeaseOptions): FetchLease {
  const controller = new AbortController();
  const forward = (event: Event) => end((event.target as AbortSignal).reason);
  const timer = setTimeout(() => end(onTimeout()), totalTimeoutMs);

  function end(reason?: unknown): void {
    if (controller.signal.aborted) return;
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', forward);
    controller.abort(reason);
    release();
  }

  for (const signal of signals) {
    if (signal.aborted) end(signal.reason);
    else signal.addEventListener('abort', forward, { once: true });
  }
  return { signal: controller.signal, end };
}
