// An answer that goes on as long as there is something to tell: pieces on their way to a client as they come. The next one is
// asked for when the system has taken the one before, so that nothing gathers here for a client that does not read.
import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import { toGatewayError } from '../domain/errors.ts';
import { type Exchange, signalOf } from './caller.ts';
import { writePiece } from './send-bytes.ts';

/** Whether an answer that a library made goes on as long as there is something to tell. */
export function isEventStream({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('text/event-stream') ?? false;
}

export type StreamOptions = {
  /** Called when the answer is over, however it ended; frees what it was made of. */
  readonly onEnd?: () => Promise<void>;
};

/**
 * Sends the head that the reply has by then, and each piece. A client that leaves, or takes nothing for as long as the server
 * lets it, ends the reading of `pieces`, and so does a failure of theirs, which only the log is told of.
 */
export function sendStream(
  exchange: Exchange,
  pieces: AsyncIterable<string | Uint8Array>,
  { onEnd = async () => {} }: StreamOptions = {},
): FastifyReply {
  const { reply, request } = exchange;
  request.event.isStream = true;
  reply.hijack();
  void sendPieces(exchange, pieces).finally(onEnd);
  return reply;
}

/** Never rejects. */
async function sendPieces({ request, reply }: Exchange, pieces: AsyncIterable<string | Uint8Array>): Promise<void> {
  const { raw } = reply;
  const signal = signalOf(reply);
  try {
    // What stands before us must not gather the pieces (nginx).
    reply.header('x-accel-buffering', 'no');
    // Kept alive, the connection would hold up a gateway that has ended the stream because it stops.
    reply.header('connection', 'close');
    request.server.beginAnswer(request, reply);
    raw.writeHead(reply.statusCode, reply.getHeaders() as OutgoingHttpHeaders);
    raw.flushHeaders();
    for await (const piece of pieces) {
      if (raw.destroyed) return;
      // No more than this gathers here.
      await writePiece(raw, piece, { isLast: false });
    }
    if (!raw.destroyed) raw.end();
  } catch (thrown) {
    if (!signal.aborted && !raw.destroyed) {
      const error = toGatewayError(thrown);
      Object.assign(request.event, { errorCode: error.code, err: error.cause });
    }
    raw.destroy();
  }
}
