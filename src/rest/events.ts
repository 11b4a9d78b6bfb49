// REST's log of events: a page as JSON, or a stream of server-sent events to whoever accepts that.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { invalidInput } from '../domain/errors.ts';
import type { Told } from '../domain/events/watch-events.ts';
import { openCaller } from '../http/caller.ts';
import { sendStream } from '../http/send-stream.ts';
import type { Transport } from '../http/transport.ts';
import { listEventsInput, restWatchEventsInput, writeRestEventPage, writeServerSentEvents } from '../schema/events.ts';
import { fromListQuery } from '../schema/list-query.ts';
import { parseInput } from '../schema/parse-input.ts';

type Query = { readonly Querystring: { readonly [name: string]: unknown } };

const EVENT_STREAM = 'text/event-stream';
/** How long a client waits before it comes again. */
const RETRY_MS = 1_000;

/** Mounts `GET /v1/events`. */
export function mountEvents(rest: FastifyInstance, { operations, authenticate }: Transport): void {
  rest.get<Query>('/v1/events', async (request, reply) => {
    if (wantsStream(request)) request.event.operation = 'resourceEvents';
    const caller = await openCaller({ request, reply }, authenticate);
    if (!wantsStream(request)) {
      const input = parseInput(listEventsInput, fromListQuery(listEventsInput, request.query));
      const page = await operations.events(input, caller);
      return reply.type('application/json; charset=utf-8').send(writeRestEventPage(page));
    }
    const input = parseInput(restWatchEventsInput, fromListQuery(restWatchEventsInput, request.query));
    const after = lastEventId(request) ?? input.after;
    const { told } = await operations.resourceEvents({ ...input, after, transport: 'rest' }, caller);
    reply.header('content-type', EVENT_STREAM);
    return sendStream({ request, reply }, write(told));
  });
}

/** A client that takes anything is not asking for a stream. */
function wantsStream({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && (headers.accept ?? '').toLowerCase().includes(EVENT_STREAM);
}

/** Where a client goes on that has been cut off; it says so beside the address that it began with. */
function lastEventId({ headers }: FastifyRequest): string | undefined {
  const sent = headers['last-event-id'];
  if (Array.isArray(sent)) throw invalidInput('Last-Event-ID', 'must be given once');
  return sent === '' ? undefined : sent;
}

async function* write(told: AsyncIterable<Told>): AsyncGenerator<string | Uint8Array> {
  yield `retry: ${RETRY_MS}\n\n`;
  for await (const one of told) yield writeServerSentEvents(one);
}
