// Where a request's bytes lie until they are asked for: a few pieces as they came, or one large buffer that many are
// gathered in. It holds the sender back beyond that, and judges nothing.
import type { IncomingMessage } from 'node:http';
import { createBufferPool } from '../../domain/flow/buffer-pool.ts';

/** `idle`: nothing arrived for too long; `closed`: the rest never will. */
export type Arrival = 'arrived' | 'idle' | 'closed';

export type InboxOptions = {
  /** Longest wait for the next bytes. */
  readonly idleMs: number;
  /** After so many bytes, pieces are gathered in a large buffer, which is lent until the next `take`. */
  readonly borrowedAfterBytes: number;
};

export type Inbox = Disposable & {
  /** What is at hand, or null. */
  take(): Buffer | null;
  /** Whether the body is complete and all of it taken. */
  hasEnded(): boolean;
  /** Waits for something to take, or for the end. Only when there is nothing to take. */
  wait(): Promise<Arrival>;
  receivedBytes(): number;
};

/** As much as Node reads from a socket at once. */
const PIECE_BYTES = 64 * 1024;
/** What may lie here ungathered before the sender is held back. */
const MAX_WAITING_BYTES = 4 * PIECE_BYTES;
/** Each piece costs everyone it passes a turn or two, so few large ones are cheaper than many small ones. */
const GATHERED_BYTES = 16 * PIECE_BYTES;
/** Over all requests of the process; whoever finds no buffer free gets its pieces as they come. */
const MAX_GATHERING = 32;
/** When a sender pauses this long, what it has sent is looked at. */
const PAUSE_MS = 10;

const buffers = createBufferPool({ bytes: GATHERED_BYTES, maxSpare: MAX_GATHERING });
let gathering = 0;

/** Begins to read when it is first waited for. Whoever opens it disposes it; what was not taken stays unread. */
export function openInbox(request: IncomingMessage, { idleMs, borrowedAfterBytes }: InboxOptions): Inbox {
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let receivedBytes = 0;
  let gathered: Buffer | null = null;
  let gatheredBytes = 0;
  let isListening = false;
  let settle: ((arrival: Arrival) => void) | null = null;
  let idleTimer: NodeJS.Timeout | null = null;
  let pauseTimer: NodeJS.Timeout | null = null;

  function answer(arrival: Arrival): void {
    settle?.(arrival);
    settle = null;
  }
  function handOver(): void {
    request.pause();
    answer('arrived');
  }
  const onPause = () => {
    if (gatheredBytes > 0) handOver();
  };
  const onIdle = () => (gatheredBytes > 0 ? handOver() : answer('idle'));
  const onEnd = () => answer('arrived');
  const onClose = () => answer('closed');

  function onData(piece: Buffer): void {
    receivedBytes += piece.length;
    if (gathered === null || gatheredBytes + piece.length > GATHERED_BYTES) {
      waiting.push(piece);
      waitingBytes += piece.length;
      if (gathered !== null || waitingBytes >= MAX_WAITING_BYTES) handOver();
      else answer('arrived');
      return;
    }
    gathered.set(piece, gatheredBytes);
    gatheredBytes += piece.length;
    if (gatheredBytes + PIECE_BYTES > GATHERED_BYTES) handOver();
    else pauseTimer = pauseTimer?.refresh() ?? setTimeout(onPause, PAUSE_MS);
  }

  return {
    take() {
      if (gathered !== null && gatheredBytes > 0) {
        const piece = gathered.subarray(0, gatheredBytes);
        gatheredBytes = 0;
        return piece;
      }
      const piece = waiting.shift();
      if (piece !== undefined) {
        waitingBytes -= piece.length;
        return piece;
      }
      // What came along with the head is taken without a wait: for most bodies that is all.
      const first: Buffer | null = isListening ? null : request.read();
      receivedBytes += first?.length ?? 0;
      return first;
    },
    hasEnded: () => request.complete && request.readableLength === 0,
    wait() {
      if (request.destroyed) return Promise.resolve('closed');
      if (gathered === null && receivedBytes >= borrowedAfterBytes && gathering < MAX_GATHERING) {
        gathered = buffers.take();
        gathering += 1;
      }
      return new Promise((resolve) => {
        settle = resolve;
        idleTimer = idleTimer?.refresh() ?? setTimeout(onIdle, idleMs);
        if (!isListening) request.on('data', onData).on('end', onEnd).on('error', onClose).on('close', onClose);
        isListening = true;
        request.resume();
      });
    },
    receivedBytes: () => receivedBytes,
    [Symbol.dispose]() {
      clearTimeout(idleTimer ?? undefined);
      clearTimeout(pauseTimer ?? undefined);
      request.off('data', onData).off('end', onEnd).off('error', onClose).off('close', onClose);
      request.pause();
      if (gathered === null) return;
      buffers.give(gathered);
      gathered = null;
      gathering -= 1;
    },
  };
}
