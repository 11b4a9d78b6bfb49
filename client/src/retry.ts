// Trying again: what passes is waited for, longer each time, and as long as something moves nothing is given up.
import { isPassing, toGatewayError } from './errors.ts';

export type RetryOptions = {
  /** How often in a row it may fail without having moved on; 0: the first failure is final. */
  readonly retries: number;
  readonly signal: AbortSignal;
  /** Anything that differs when there has been progress; absent: there is none between tries. */
  readonly progress?: () => number;
};

const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 20_000;

/**
 * Repeats `attempt` while it fails for a reason that may pass.
 * @throws GatewayError the last refusal; the signal's reason when it is aborted
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { retries, signal, progress = () => 0 } = options;
  let failures = 0;
  let reached = progress();
  for (;;) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toGatewayError(thrown);
      failures = progress() === reached ? failures + 1 : 1;
      reached = progress();
      if (!isPassing(error) || failures > retries) throw error;
      await wait(toDelayMs(failures, error.retryAfterSeconds), signal);
    }
  }
}

/** Doubled each time, and by chance shorter, so that those who failed together do not come back together. */
function toDelayMs(failures: number, retryAfterSeconds: number | null): number {
  if (retryAfterSeconds !== null) return retryAfterSeconds * 1000;
  return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal.addEventListener('abort', abort, { once: true });
  });
}
