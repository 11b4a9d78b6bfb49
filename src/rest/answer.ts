// Answers that are JSON text already.
import type { FastifyReply } from 'fastify';

/** What a handler returns for `text` to be sent as it is. */
export function asJson(reply: FastifyReply, text: string): string {
  reply.type('application/json; charset=utf-8');
  return text;
}
