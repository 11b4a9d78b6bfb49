// One event for every request, told when it is over. It changes nothing of a request or its answer.
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Everything worth knowing of one finished request, in one log line. */
export type RequestEvent = {
  requestId: string;
  method: string;
  /** The route's pattern, never the address as sent. */
  route: string;
  status: number;
  durationMs: number;
  /** The connection closed before the answer was sent. */
  aborted: boolean;
  /** It closed before our side had begun to answer: what came of the request then says nothing of us. */
  unanswered?: true;
  transport: 'rest' | 'graphql' | 'trpc' | 'tus' | 'other';
  /** By the name that all transports share; `several` when one request asks for more than one. */
  operation?: string;
  account?: string;
  /** Who bears the token, if it says so. */
  subject?: string;
  /** The connection's other end, or whom a trusted proxy names. */
  clientAddress: string;
  /** What the request and its answer took of the connection, heads included. */
  bytesIn: number;
  bytesOut: number;
  resourceId?: string;
  sizeBytes?: number;
  errorCode?: string;
  /** The answer went on for as long as there was something to tell: its duration says nothing of how fast we are. */
  isStream?: true;
  /** What went wrong, for refusals of our own making only. */
  err?: unknown;
};

export type RequestObserver = {
  onRequestStarted(): void;
  /** Called once for each request, after its connection is done with it and our side has answered. */
  onRequestDone(event: RequestEvent): void;
};

declare module 'fastify' {
  interface FastifyRequest {
    /** What a transport adds to the request's one log line. */
    event: Partial<RequestEvent>;
    /** How far the request has come; our side has answered when it has begun to send. */
    progress: { isAnswered: boolean; isClosed: boolean };
  }
}

/** A connection's counts when its last request was over: what came since belongs to the next. */
const COUNTED = Symbol('counted');
type CountedSocket = Socket & { [COUNTED]?: { readonly bytesRead: number; readonly bytesWritten: number } };

/**
 * Watches every request of `app`. Fastify's own `onResponse` is silent when a client hangs up; and a hang-up is not the
 * end: what it interrupts still has to clean up, and has something to tell.
 * @returns what must be called when an answer begins, before its head is sent
 */
export function observeRequests(app: FastifyInstance, observer: RequestObserver) {
  function settle(request: FastifyRequest, reply: FastifyReply): void {
    const { isAnswered, isClosed } = request.progress;
    if (isAnswered && isClosed) observer.onRequestDone(toEvent(request, reply));
  }

  app.decorateRequest('event');
  app.decorateRequest('progress');
  // Asked of each request, the route's pattern would cost an object each time.
  app.addHook('onRoute', (route) => {
    const about = { route: route.url, transport: toTransport(route.url) };
    route.onRequest = [
      (request, _reply, done) => {
        Object.assign(request.event, about);
        done();
      },
      ...[route.onRequest ?? []].flat(),
    ];
  });
  app.addHook('onRequest', (request, reply, done) => {
    // Once the connection is gone, so is its address.
    request.event = { clientAddress: request.ip };
    request.progress = { isAnswered: false, isClosed: false };
    observer.onRequestStarted();
    reply.raw.once('close', () => {
      countBytes(request);
      request.progress.isClosed = true;
      if (!request.progress.isAnswered) request.event.unanswered = true;
      settle(request, reply);
    });
    done();
  });

  return (request: FastifyRequest, reply: FastifyReply): void => {
    request.progress.isAnswered = true;
    if (request.progress.isClosed) settle(request, reply);
  };
}

function countBytes({ raw, event }: FastifyRequest): void {
  const socket: CountedSocket = raw.socket;
  const { bytesRead, bytesWritten } = socket;
  const before = socket[COUNTED];
  socket[COUNTED] = { bytesRead, bytesWritten };
  event.bytesIn = bytesRead - (before?.bytesRead ?? 0);
  event.bytesOut = bytesWritten - (before?.bytesWritten ?? 0);
}

function toEvent(request: FastifyRequest, reply: FastifyReply): RequestEvent {
  const route = request.event.route ?? request.routeOptions.url ?? 'none';
  return {
    requestId: request.id,
    method: request.method,
    route,
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
    aborted: !reply.raw.writableFinished,
    transport: toTransport(route),
    clientAddress: '',
    bytesIn: 0,
    bytesOut: 0,
    ...request.event,
  };
}

function toTransport(route: string): RequestEvent['transport'] {
  if (route.startsWith('/v1/tus')) return 'tus';
  if (route.startsWith('/v1/')) return 'rest';
  if (route.startsWith('/trpc/')) return 'trpc';
  return route === '/graphql' ? 'graphql' : 'other';
}
