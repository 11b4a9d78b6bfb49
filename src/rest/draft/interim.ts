// The interim answers of the draft, which Node 24 cannot write: 104 tells a client, while it still sends, where its upload
// is, and how much of it is safe.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { INTEROP_VERSION } from './headers.ts';

/**
 * Writes a 104 to clients that ask for this version of the draft; for others it does nothing. Its values are ours, so that
 * none can end the line.
 */
export function writeInterim(
  request: FastifyRequest,
  reply: FastifyReply,
  headers: { readonly [name: string]: string },
): void {
  const { socket } = reply.raw;
  const isAsked = request.headers['upload-draft-interop-version'] === INTEROP_VERSION;
  // While an earlier request on the connection is being answered, this answer has no socket yet.
  if (!isAsked || request.raw.httpVersionMinor === 0 || socket === null || reply.raw.headersSent) return;
  const lines = Object.entries({ ...headers, 'Upload-Draft-Interop-Version': INTEROP_VERSION });
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`HTTP/1.1 104 Upload Resumption Supported\r\n${text}\r\n`, 'latin1');
}
