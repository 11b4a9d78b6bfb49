// Where one message ends and the next begins. It refuses requests whose end two readers could see in two places, and
// keeps answers from naming two ends.
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const VERSIONS: ReadonlySet<string> = new Set(['1.0', '1.1']);
/** Belong to the connection, which is Node's: what is sent in one piece has a Content-Length and nothing beside it. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set(['transfer-encoding', 'connection', 'content-length']);

/** Takes over the headers of an answer that is sent in one piece. */
export function setHeaders(reply: FastifyReply, { headers }: Response): void {
  // Not every implementation of Headers lowers the names it was given.
  headers.forEach((value, name) => {
    if (!OF_THE_CONNECTION.has(name.toLowerCase())) reply.header(name, value);
  });
}

/** Refuses, and closes the connection after, what Node takes for HTTP/1.1 with a chunked body although it is not. */
export function refuseStrangeFraming(app: FastifyInstance): void {
  // What follows such a request on its connection may be a part of it, so it is not carried out either.
  const refused = new WeakSet<Socket>();
  app.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    const error = refused.has(socket) ? 'the request before this one could not be read' : findFlaw(request);
    if (error === null) return done();
    refused.add(socket);
    request.event.errorCode = 'malformed_request';
    reply.code(400).headers({ connection: 'close', 'x-error-code': 'malformed_request' }).send({ error });
  });
}

function findFlaw({ raw: { httpVersion, headers } }: FastifyRequest): string | null {
  if (!VERSIONS.has(httpVersion)) return `HTTP/${httpVersion} is not spoken here; send HTTP/1.1`;
  // RFC 9112, section 3.2.
  if (httpVersion === '1.1' && headers.host === undefined)
    return 'the header Host is missing; name the host that is asked';
  const encoding = headers['transfer-encoding'];
  // RFC 9112, section 6.1.
  if (encoding === undefined || encoding.trim().toLowerCase() === 'chunked') return null;
  return 'the only Transfer-Encoding that is understood is chunked; send the body without another';
}
