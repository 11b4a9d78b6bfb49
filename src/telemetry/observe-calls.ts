// Times the calls of an adapter. It changes nothing of them: same arguments, same results, same failures.
import { GatewayError } from '../domain/errors.ts';
import type { ContentStore } from '../domain/uploads/upload-store.ts';

export type CallObserver = (call: {
  readonly call: string;
  readonly durationMs: number;
  readonly failed: boolean;
}) => void;

/** The same adapter, whose methods tell `observe` how each promise they gave came out; `silent` names those left alone. */
export function observeCalls<Adapter extends object>(
  adapter: Adapter,
  { silent, observe }: { readonly silent: readonly string[]; readonly observe: CallObserver },
): Adapter {
  const observed = Object.entries(adapter).map(([call, method]) => {
    if (typeof method !== 'function' || silent.includes(call)) return [call, method];
    const timed = (...args: readonly unknown[]) => {
      const startedMs = performance.now();
      const answer: unknown = method(...args);
      if (!(answer instanceof Promise)) return answer;
      const tell = (failed: boolean) => observe({ call, durationMs: performance.now() - startedMs, failed });
      answer.then(
        () => tell(false),
        (error: unknown) => tell(isFailure(error) && !hasLeft(args)),
      );
      return answer;
    };
    return [call, timed];
  });
  return Object.fromEntries(observed) as Adapter;
}

/** The same of a store. A staging lasts as long as its sender takes, so only its end is timed. */
export function observeStore(store: ContentStore, observe: CallObserver): ContentStore {
  const how = { silent: ['stage', 'close', 'discard'], observe };
  return {
    ...observeCalls(store, how),
    stage: async (bytes, options) => observeCalls(await store.stage(bytes, options), how),
    uploads: {
      ...observeCalls(store.uploads, { ...how, silent: ['append'] }),
      direct: store.uploads.direct && observeCalls(store.uploads.direct, how),
    },
  };
}

/** A refusal is an answer as well. */
function isFailure(error: unknown): boolean {
  return !(error instanceof GatewayError) || error.code === 'internal';
}

/** Whether the caller gave up. */
function hasLeft(args: readonly unknown[]): boolean {
  return args.some((arg) => typeof arg === 'object' && arg !== null && 'signal' in arg && isAborted(arg.signal));
}

function isAborted(signal: unknown): boolean {
  return signal instanceof AbortSignal && signal.aborted;
}
