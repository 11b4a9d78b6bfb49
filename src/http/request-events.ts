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
  transport: 'rest' | 'graphql' | 'trpc' | 'other';
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
  }
}

/**
 * Watches every request of `app`. Fastify's own `onResponse` is silent when a client hangs up; and a hang-up is not the
 * end: what it interrupts still has to clean up, and has something to tell.
 */
export function observeRequests(app: FastifyInstance, observer: RequestObserver): void {
  const answered = new WeakSet<FastifyRequest>();
  const closed = new WeakSet<FastifyRequest>();
  // A connection's counts when its last request was over: what came since belongs to the next.
  const counted = new WeakMap<Socket, { readonly bytesRead: number; readonly bytesWritten: number }>();

  function countBytes(request: FastifyRequest): { bytesIn: number; bytesOut: number } {
    const { socket } = request.raw;
    const { bytesRead, bytesWritten } = socket;
    const before = counted.get(socket);
    counted.set(socket, { bytesRead, bytesWritten });
    return {
      bytesIn: bytesRead - (before?.bytesRead ?? 0),
      bytesOut: bytesWritten - (before?.bytesWritten ?? 0),
    };
  }

  function settle(request: FastifyRequest, reply: FastifyReply): void {
    if (answered.has(request) && closed.has(request)) observer.onRequestDone(toEvent(request, reply));
  }

  app.decorateRequest('event');
  app.addHook('onRequest', async (request, reply) => {
    request.event = {};
    observer.onRequestStarted();
    // Once the connection is gone, so is its address.
    request.event.clientAddress = request.ip;
    reply.raw.once('close', () => {
      Object.assign(request.event, countBytes(request));
      closed.add(request);
      settle(request, reply);
    });
  });
  app.addHook('onSend', async (request, reply) => {
    answered.add(request);
    settle(request, reply);
  });
}

function toEvent(request: FastifyRequest, reply: FastifyReply): RequestEvent {
  return {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? 'none',
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
    aborted: !reply.raw.writableFinished,
    transport: toTransport(request.routeOptions.url ?? ''),
    clientAddress: '',
    bytesIn: 0,
    bytesOut: 0,
    ...request.event,
  };
}

function toTransport(route: string): RequestEvent['transport'] {
  if (route.startsWith('/v1/')) return 'rest';
  if (route.startsWith('/trpc/')) return 'trpc';
  return route === '/graphql' ? 'graphql' : 'other';
}
