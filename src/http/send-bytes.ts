// Bytes on their way to a client, as fast as it takes them. It refuses readers that stall or trickle, and hides nothing
// from the log.
import { Readable } from 'node:stream';
import { toGatewayError } from '../domain/errors.ts';
import type { ByteStream } from '../domain/flow/stream.ts';
import type { Exchange } from './caller.ts';
import { isTooSlow, type ReaderPatience } from './reader-patience.ts';

export type SendOptions = {
  readonly exchange: Exchange;
  /** Aborted when the client has gone; whoever opened the bytes did so with the same one. */
  readonly signal: AbortSignal;
  /** How many there are. */
  readonly sizeBytes: number;
  /** Its idle time is for one piece. */
  readonly patience: ReaderPatience;
};

const BUFFER_BYTES = 128 * 1024;

/**
 * A body for Fastify to send, which ends the reading of `bytes` when it is sent, and when the client leaves, stalls or
 * trickles.
 * @throws what `bytes` throws for its first piece, while there is still a head to say so with
 */
export async function openBody(bytes: ByteStream, options: SendOptions): Promise<Readable> {
  const pieces = bytes[Symbol.asyncIterator]();
  const first = await pieces.next();
  return Readable.from(observe(first, { ...options, pieces }), { objectMode: false, highWaterMark: BUFFER_BYTES });
}

async function* observe(
  first: IteratorResult<Uint8Array>,
  {
    pieces,
    signal,
    sizeBytes,
    patience,
    exchange: { request, reply },
  }: SendOptions & { pieces: AsyncIterator<Uint8Array> },
): ByteStream {
  let timer: NodeJS.Timeout | undefined;
  let takenBytes = 0;
  let waitedMs = 0;
  try {
    for (let next = first; next.done !== true; next = await pieces.next()) {
      timer = setTimeout(() => reply.raw.destroy(), patience.idleMs);
      const startedMs = performance.now();
      // It goes on when the client has taken this piece.
      yield next.value;
      clearTimeout(timer);
      waitedMs += performance.now() - startedMs;
      takenBytes += next.value.length;
      if (isTooSlow({ waitedMs, takenBytes }, patience)) {
        reply.raw.destroy();
        return;
      }
      // Who has counted them may hang up before the source has told us that there are no more.
      if (takenBytes === sizeBytes) request.event.aborted = false;
    }
  } catch (thrown) {
    // The head has gone, so only the log can be told; and it need not be when the client has gone as well.
    if (signal.aborted) return;
    const error = toGatewayError(thrown);
    Object.assign(request.event, { errorCode: error.code, err: error.cause });
    throw error;
  } finally {
    clearTimeout(timer);
    await pieces.return?.();
  }
}
