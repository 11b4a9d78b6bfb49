// What happens to a body that was refused unread: the answer goes first, then the rest is dropped for a short while and
// the connection closed. Closing at once would reset it, and the client might never see the answer.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

const LINGER_MS = 2_000;

/** Whether a body is announced (RFC 9112, section 6). */
export function hasBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const { 'transfer-encoding': encoding, 'content-length': length } = headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

/** Whether the request's body has bytes that nobody has read. */
export function hasUnreadBody(request: IncomingMessage): boolean {
  return !request.complete && !request.destroyed && hasBody(request);
}

/** What to send in place of `payload`: answers to half-read requests close the connection, gently. */
export function drainAfterAnswer(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  if (!hasUnreadBody(request.raw) || (typeof payload !== 'string' && !Buffer.isBuffer(payload))) return payload;
  const answer = Buffer.from(payload as string);
  reply.headers({ connection: 'close', 'content-length': answer.length });
  return Readable.from(answerThenDrain(answer, request.raw), { objectMode: false });
}

async function* answerThenDrain(answer: Buffer, request: IncomingMessage): AsyncIterable<Buffer> {
  yield answer;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, LINGER_MS);
    function done(): void {
      clearTimeout(timer);
      resolve();
    }
    request.once('close', done).once('end', done).once('error', done);
    request.resume();
  });
}
