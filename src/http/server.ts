// The host that all transports share: limits, request ids, headers, one event per finished request. It reads no body.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import cors from '@fastify/cors';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { ESSENCE_PATTERN } from '../domain/content/mime-type.ts';
import { toGatewayError } from '../domain/errors.ts';
import { watchMethods } from './allowed-methods.ts';
import { refuseStrangeFraming } from './framing.ts';
import { type RateOf, tellRate } from './rate-headers.ts';
import { findAddressFlaw, toReadableAddress } from './readable-address.ts';
import { READER_PATIENCE, type ReaderPatience, toLongestMs } from './reader-patience.ts';
import { observeRequests, type RequestObserver } from './request-events.ts';
import { createQuietHandler, waitForReader } from './silent-reader.ts';
import { watchSpareConnections } from './spare-connections.ts';
import { drainAfterAnswer } from './unread-body.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Must be called before the head of an answer is sent; Fastify's own way of sending does so. */
    beginAnswer(request: FastifyRequest, reply: FastifyReply): void;
  }
}

export type ServerOptions = RequestObserver & {
  readonly logger: FastifyBaseLogger;
  /** Whose `X-Forwarded-*` is believed; null: nobody's. */
  readonly trustProxy: number | readonly string[] | null;
  /** What the account that a request is of has left of its rate points; absent: nothing is counted. */
  readonly rateOf?: RateOf;
  /** How long a client may take for an answer; as docs/limits.md has it when absent. */
  readonly readerPatience?: ReaderPatience;
};

const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 20_000;
/** What is on its way to a server that closes may still come. */
const SPARE_GRACE_MS = 500;
/** Longer than the idle limits of common load balancers, so that they close first. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** An answer up to here is taken by the system's own buffers, whatever its reader does. */
const MAX_BUFFERED_BYTES = 64 * 1024;
const SANE_REQUEST_ID = /^[\w.:@/+=-]{1,128}$/;

const CLIENT_ERRORS: { readonly [code: string]: string } = {
  HPE_HEADER_OVERFLOW: `the request's head is larger than ${MAX_HEADER_BYTES} bytes; send fewer or shorter headers`,
  ERR_HTTP_REQUEST_TIMEOUT: `the request's head took longer than ${HEADERS_TIMEOUT_MS / 1000} s to arrive`,
};

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

/** What a frontend of another origin may read of an answer. One text, since it is sent with each. */
const EXPOSED_HEADERS = [
  'x-request-id',
  'www-authenticate',
  'idempotency-replayed',
  'resource-outcome',
  'ignored-fields',
  'x-error-code',
  'location',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'accept-ranges',
  'content-disposition',
  'content-range',
  'etag',
  // Of tus.
  'tus-resumable',
  'tus-version',
  'tus-extension',
  'tus-max-size',
  'tus-checksum-algorithm',
  'upload-offset',
  'upload-length',
  'upload-defer-length',
  'upload-metadata',
  'upload-expires',
  'resource-id',
  // Of the IETF's resumable uploads.
  'upload-complete',
  'upload-limit',
  'repr-digest',
  'accept-patch',
].join(', ');

/** A server without routes; it does not listen yet. */
export function createServer(options: ServerOptions): FastifyInstance {
  const patience = options.readerPatience ?? READER_PATIENCE;
  const app = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    // Each request has one line, which is ours; a logger for each would be made in vain.
    childLoggerFactory: (logger) => logger,
    rewriteUrl: ({ url = '/' }) => toReadableAddress(url),
    // No parameter meets a regular expression, and one that is too long for an id is no id: who asked is told by the operation.
    routerOptions: { maxParamLength: MAX_HEADER_BYTES },
    clientErrorHandler: (error, socket) => answerClientError(error, socket, options),
    ...(options.trustProxy === null ? {} : { trustProxy: toFastify(options.trustProxy) }),
    // In-flight bodies have their own limits, an idle one and a minimum rate: a large one may take long.
    requestTimeout: 0,
    connectionTimeout: patience.idleMs,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: 5_000,
      // Node's own refusal says nothing, and no log or metric shows it.
      requireHostHeader: false,
    },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    genReqId: (request) => {
      const sent = request.headers['x-request-id'];
      return typeof sent === 'string' && SANE_REQUEST_ID.test(sent) ? sent : randomUUID();
    },
  });

  // No body is read before a transport has judged the token: each reads its own, as a stream.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));
  app.server.prependListener('request', tidyContentType);
  answerExpectations(app);

  app.setErrorHandler(async (thrown, request, reply) => {
    request.event.err = thrown;
    return await reply.code(500).send({ error: toGatewayError(thrown).message });
  });
  const onQuiet = createQuietHandler(patience);
  const methodsAt = watchMethods(app);
  const pathOf = ({ url }: FastifyRequest) => url.split('?')[0] as string;
  const tellMethods = (request: FastifyRequest, reply: FastifyReply): void => {
    const methods = methodsAt(pathOf(request));
    if (methods.length > 0) reply.header('allow', methods.join(', '));
  };
  app.setNotFoundHandler(async (request, reply) => {
    const flaw = findAddressFlaw(request);
    if (flaw !== null) {
      request.event.errorCode = 'malformed_request';
      return await reply.code(400).header('x-error-code', 'malformed_request').send({ error: flaw });
    }
    const path = pathOf(request);
    const methods = methodsAt(path);
    // A route may find nothing at an address of its own.
    if (methods.length === 0 || methods.includes(request.method))
      return await reply.code(404).send({ error: `there is nothing at ${request.method} ${path}` });
    reply.code(405).header('allow', methods.join(', '));
    return await reply.send({ error: `${request.method} means nothing at ${path}; use ${methods.join(' or ')}` });
  });

  let stopping = false;
  const spare = watchSpareConnections(app.server);
  app.addHook('preClose', async () => {
    stopping = true;
    setTimeout(spare.end, SPARE_GRACE_MS).unref();
  });
  const tellAnswered = observeRequests(app, options);
  app.decorate('beginAnswer', (request, reply) => {
    tellAnswered(request, reply);
    if (options.rateOf !== undefined) tellRate({ request, reply }, options.rateOf);
    // A connection that outlives its last answer would keep the server from closing.
    if (stopping) reply.header('connection', 'close');
    waitForReader(reply.raw, patience);
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.raw.on('timeout', onQuiet);
    reply.header('x-request-id', request.id).headers(SECURITY_HEADERS);
    if (request.method === 'OPTIONS') tellMethods(request, reply);
    done();
  });
  app.addHook('onSend', (...[request, reply, payload, done]) => {
    app.beginAnswer(request, reply);
    // Bytes of a content, which come as a stream, are judged where they are sent.
    const sizeBytes = typeof payload === 'string' || Buffer.isBuffer(payload) ? Buffer.byteLength(payload) : 0;
    if (sizeBytes > MAX_BUFFERED_BYTES) {
      const timer = setTimeout(() => reply.raw.destroy(), toLongestMs(sizeBytes, patience));
      reply.raw.once('close', () => clearTimeout(timer));
    }
    done(null, drainAfterAnswer(request, reply, payload));
  });
  app.register(cors, {
    origin: '*',
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 86_400,
    // Who asks what a path takes need be no browser (RFC 9110, section 9.3.7).
    strictPreflight: false,
  });
  // After CORS, so that a browser may read the refusal.
  app.register(async () => refuseStrangeFraming(app));
  return app;
}

function toFastify(trusted: number | readonly string[]): string[] | ((address: string, hop: number) => boolean) {
  return typeof trusted === 'number' ? (_address, hop) => hop < trusted : [...trusted];
}

/** What is no HTTP at all, has too large a head, or is too slow with it: there is no request to answer, only a socket. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket, observer: RequestObserver): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const sentence = CLIENT_ERRORS[error.code ?? ''] ?? 'the request is no valid HTTP';
  const body = JSON.stringify({ error: sentence });
  const requestId = randomUUID();
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    'x-request-id': requestId,
    'x-error-code': 'malformed_request',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': EXPOSED_HEADERS,
    ...SECURITY_HEADERS,
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 400 Bad Request\r\n${head.join('')}\r\n${body}`);
  observer.onRequestStarted();
  observer.onRequestDone({
    requestId,
    method: 'none',
    route: 'none',
    status: 400,
    durationMs: 0,
    aborted: false,
    errorCode: 'malformed_request',
    transport: 'other',
    clientAddress: socket.remoteAddress ?? '',
    bytesIn: socket.bytesRead,
    bytesOut: socket.bytesWritten,
  });
}

const MEDIA_TYPE = new RegExp(`^${ESSENCE_PATTERN}\\s*(;|$)`);

/**
 * Fastify refuses a content type that is none, or a QUERY without one, before any handler of ours, and so before the token is
 * judged. What it gets instead is refused by the body's reader.
 */
function tidyContentType({ method, headers }: IncomingMessage): void {
  const sent = headers['content-type'] ?? (method === 'QUERY' ? 'none' : undefined);
  if (sent !== undefined && !MEDIA_TYPE.test(sent)) headers['content-type'] = 'invalid/invalid';
}

/** A client that waits for "100 Continue" gets it when its body is wanted, and not before its token was judged. */
function answerExpectations(app: FastifyInstance): void {
  for (const event of ['checkContinue', 'checkExpectation'] as const) {
    app.server.on(event, (request, response) => {
      tidyContentType(request);
      app.routing(request, response);
    });
  }
}
