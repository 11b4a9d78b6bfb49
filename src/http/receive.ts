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
 * The body's bytes, in order; no piece is used again, so whoever gets one may keep it. Leaving the loop early leaves the rest unread.
 * @throws GatewayError `malformed_request` when the sender stalls, is too slow, or closes the connection
 */
export async function* receive(request: IncomingMessage, { idleMs, minBytesPerSecond }: Patience): ByteStream {
  let settle: (isIdle: boolean) => void = () => {};
  const onEvent = () => settle(false);
  const events = ['readable', 'end', 'error', 'close'] as const;
  for (const event of events) request.on(event, onEvent);
  // One timer for the whole body, wound up anew with each wait.
  let timer = null as NodeJS.Timeout | null;
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
      timer = timer?.refresh() ?? setTimeout(() => settle(true), idleMs);
      const isIdle = await new Promise<boolean>((resolve) => {
        settle = resolve;
      });
      if (isIdle) throw refusal(`no bytes of the body arrived for ${idleMs / 1000} s; send it without pauses`);
      waitedMs += performance.now() - startedMs;
      if (waitedMs > idleMs && (receivedBytes / waitedMs) * 1000 < minBytesPerSecond) {
        throw refusal(`the body arrives slower than ${minBytesPerSecond} bytes a second; send it faster`);
      }
    }
  } finally {
    clearTimeout(timer ?? undefined);
    for (const event of events) request.off(event, onEvent);
  }
}

function refusal(reason: string): GatewayError<'malformed_request'> {
  return new GatewayError('malformed_request', { reason });
}
