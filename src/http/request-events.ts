// One event for every request, told when it is over. It changes nothing of a request or its answer.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestEvent } from '../request-event.ts';

export type RequestObserver = {
  onRequestStarted(): void;
  /** Called once for each request, after its connection is done with it and our side has answered. */
  onRequestDone(event: RequestEvent): void;
};

declare module 'fastify' {
  interface FastifyRequest {
    /** What a tongue adds to the request's one log line. */
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

  function settle(request: FastifyRequest, reply: FastifyReply): void {
    if (answered.has(request) && closed.has(request)) observer.onRequestDone(toEvent(request, reply));
  }

  app.decorateRequest('event');
  app.addHook('onRequest', async (request, reply) => {
    request.event = {};
    observer.onRequestStarted();
    reply.raw.once('close', () => {
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
    ...request.event,
  };
}
