// A request's bytes as they arrive, with patience limits. It refuses senders that stall, trickle or hang up; time that
// our own side takes is not held against them.
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../domain/errors.ts';
import type { ByteStream } from '../domain/ports.ts';

export type Patience = {
  /** Longest wait for the next bytes. */
  readonly idleMs: number;
  /** Slowest average rate, judged once waiting has taken `idleMs` in all. */
  readonly minBytesPerSecond: number;
};

/**
 * The body's bytes, in order. Leaving the loop early leaves the rest unread.
 * @throws GatewayError `malformed_request` when the sender stalls, is too slow, or closes the connection
 */
export async function* receive(request: IncomingMessage, { idleMs, minBytesPerSecond }: Patience): ByteStream {
  let wake: () => void = () => {};
  const onEvent = () => wake();
  const events = ['readable', 'end', 'error', 'close'] as const;
  for (const event of events) request.on(event, onEvent);
  let receivedBytes = 0;
  let waitedMs = 0;
  try {
    while (true) {
      const piece: Buffer | null = request.read();
      if (piece !== null) {
        receivedBytes += piece.length;
        yield piece;
        continue;
      }
      if (request.readableEnded) return;
      if (request.destroyed) throw refusal('the connection closed before the body was complete');
      const startedMs = performance.now();
      if (
        !(await nextEvent((resolve) => {
          wake = resolve;
        }, idleMs))
      ) {
        throw refusal(`no bytes of the body arrived for ${idleMs / 1000} s; send it without pauses`);
      }
      waitedMs += performance.now() - startedMs;
      if (waitedMs > idleMs && (receivedBytes / waitedMs) * 1000 < minBytesPerSecond) {
        throw refusal(`the body arrives slower than ${minBytesPerSecond} bytes a second; send it faster`);
      }
    }
  } finally {
    for (const event of events) request.off(event, onEvent);
  }
}

/** Resolves true when woken, false after `timeoutMs`. */
function nextEvent(onWake: (wake: () => void) => void, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs, false);
    onWake(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

function refusal(reason: string): GatewayError<'malformed_request'> {
  return new GatewayError('malformed_request', { reason });
}
