// Bytes on their way to a client, as fast as it takes them. Readers that trickle are cut off here; the server cuts off
// those that stall.
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { toGatewayError } from '../domain/errors.ts';
import { type ByteStream, WholeBytes } from '../domain/flow/stream.ts';
import type { Exchange } from './caller.ts';
import type { ReaderWatch } from './reader-patience.ts';

export type SendOptions = {
  readonly exchange: Exchange;
  /** Aborted when the client has gone; whoever opened the bytes did so with the same one. */
  readonly signal: AbortSignal;
  /** How many there are. */
  readonly sizeBytes: number;
  /** Ends the answer to a client that takes its bytes too slowly. */
  readonly readers: ReaderWatch;
};

/** Bytes whose first piece is there. */
export type Body = {
  /** Sends the head that the reply has by then, and the bytes. Whoever opened the body does so in any case. */
  send(): FastifyReply;
};

/**
 * A body to be sent, which ends the reading of `bytes` when it is sent, and when the client leaves, stalls or trickles.
 * @throws what `bytes` throws for its first piece, while there is still a head to say so with
 */
export async function openBody(bytes: ByteStream, options: SendOptions): Promise<Body> {
  const { reply } = options.exchange;
  if (bytes instanceof WholeBytes) return { send: () => reply.send(bytes.bytes) };
  const pieces = bytes[Symbol.asyncIterator]();
  const first = await pieces.next();
  return {
    send() {
      // Fastify would put a stream in between, and the stream its own buffers.
      reply.hijack();
      void sendPieces(first, { ...options, pieces });
      return reply;
    },
  };
}

type Pieces = SendOptions & { readonly pieces: AsyncIterator<Uint8Array> };

/** Writes each piece, and asks for the next when it has been taken. Never rejects. */
async function sendPieces(first: IteratorResult<Uint8Array>, options: Pieces): Promise<void> {
  const { pieces, sizeBytes, readers, signal } = options;
  const { request, reply } = options.exchange;
  const { raw } = reply;
  const reader = readers.watch(() => raw.destroy());
  let givenBytes = 0;
  try {
    writeHead(options.exchange);
    for (let next = first; next.done !== true && !raw.destroyed; next = await pieces.next()) {
      givenBytes += next.value.length;
      reader.begin(next.value.length);
      await writePiece(raw, next.value, { isLast: givenBytes === sizeBytes });
      reader.end();
      if (givenBytes !== sizeBytes) continue;
      // Who has counted them may hang up before the source has told us that there are no more.
      if (!raw.destroyed) request.event.aborted = false;
      break;
    }
    if (!raw.writableEnded && !raw.destroyed) raw.end();
  } catch (thrown) {
    // The head has gone, so only the log can be told; and it need not be when the client has gone as well.
    if (signal.aborted || raw.destroyed) return;
    const error = toGatewayError(thrown);
    Object.assign(request.event, { errorCode: error.code, err: error.cause });
    raw.destroy();
  } finally {
    reader.leave();
    await pieces.return?.().catch(() => {});
  }
}

function writeHead({ request, reply }: Exchange): void {
  request.server.beginAnswer(request, reply);
  reply.raw.writeHead(reply.statusCode, reply.getHeaders() as OutgoingHttpHeaders);
}

/** Resolves when the system has taken all of it, or when the connection has gone. */
export function writePiece(
  raw: ServerResponse,
  piece: string | Uint8Array,
  { isLast }: { readonly isLast: boolean },
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      raw.off('close', done);
      resolve();
    };
    // What is written to a connection that has gone is never called back.
    raw.once('close', done);
    if (raw.destroyed) return done();
    if (isLast) raw.end(piece, done);
    else raw.write(piece, done);
  });
}
