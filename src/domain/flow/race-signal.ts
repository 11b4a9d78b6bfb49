// Leaves a wait that cannot be aborted itself. It cancels nothing: what was awaited ends alone and unheard.

/** Settles as `work` does, or rejects with the signal's reason as soon as it is aborted. */
export function raceSignal<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
