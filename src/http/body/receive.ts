// A request's bytes as they arrive, with patience limits. It refuses senders that stall, trickle or hang up; time that
// our own side takes is not held against them.
import type { IncomingMessage } from 'node:http';
import { malformedRequest } from '../../domain/errors.ts';
import type { ByteStream } from '../../domain/flow/stream.ts';
import { useYoungHeap } from '../../domain/flow/young-heap.ts';
import { openInbox } from './inbox.ts';

export type Patience = {
  /** Longest wait for the next bytes. */
  readonly idleMs: number;
  /** Slowest average rate, judged once waiting has taken `idleMs` in all. */
  readonly minBytesPerSecond: number;
};

export type ReceiveOptions = Patience & {
  /**
   * After so many bytes, pieces are large and lent: each stays as it is until the next is asked for. Those before go on
   * as they arrive, so that flaws at the beginning show early; they are never used again.
   */
  readonly borrowedAfterBytes: number;
};

/** Up to here a body makes objects enough for its bytes to be collected with them. */
const LARGE_BYTES = 2 * 1024 * 1024;

/**
 * The body's bytes, in order. Leaving the loop early leaves the rest unread.
 * @throws GatewayError `malformed_request` when the sender stalls, is too slow, or closes the connection
 */
export async function* receive(request: IncomingMessage, options: ReceiveOptions): ByteStream {
  const { idleMs, minBytesPerSecond } = options;
  using inbox = openInbox(request, options);
  let waitedMs = 0;
  while (true) {
    const piece = inbox.take();
    if (piece !== null) {
      yield piece;
      if (inbox.receivedBytes() > LARGE_BYTES) useYoungHeap(piece.length);
      continue;
    }
    if (inbox.hasEnded()) return;
    const startedMs = performance.now();
    const outcome = await inbox.wait();
    if (outcome === 'closed') throw malformedRequest('the connection closed before the body was complete');
    if (outcome === 'idle')
      throw malformedRequest(`no bytes of the body arrived for ${idleMs / 1000} s; send it without pauses`);
    waitedMs += performance.now() - startedMs;
    if (waitedMs > idleMs && (inbox.receivedBytes() / waitedMs) * 1000 < minBytesPerSecond) {
      throw malformedRequest(`the body arrives slower than ${minBytesPerSecond} bytes a second; send it faster`);
    }
  }
}
