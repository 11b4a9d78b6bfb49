// The tRPC transport over HTTP: tRPC's own response logic over a request whose body we read, so that the token is judged
// first and content streams past its parser.
import type { TRPCError } from '@trpc/server';
import { resolveResponse } from '@trpc/server/http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { StagedContent } from '../../domain/content/staging.ts';
import { GatewayError, toHints } from '../../domain/errors.ts';
import type { RequestBody } from '../../http/body/request-body.ts';
import { type Exchange, openCaller, signalOf } from '../../http/caller.ts';
import { setHeaders } from '../../http/framing.ts';
import { isEventStream, sendStream } from '../../http/send-stream.ts';
import type { Transport } from '../../http/transport.ts';
import { createForm } from '../../schema/create-form.ts';
import { OPERATIONS } from '../../schema/operations.ts';
import { type CallContext, createCreatedHeaders } from '../call-context.ts';
import { toTrpcError } from './errors.ts';
import { appRouter } from './router.ts';
import { createStreamFrames } from './stream-frames.ts';

const PREFIX = '/trpc/';
const MAX_BATCH_CALLS = 100;
const OPERATIONS_BY_PATH: ReadonlyMap<string, string> = new Map(
  Object.entries(OPERATIONS).flatMap(([name, { procedure }]) => (procedure === null ? [] : [[procedure, name]])),
);

/** The content of one create or of one of many, in a single call or in one call of a batch. */
const isContent = (path: readonly (string | number)[]) => {
  const inCall = typeof path[0] === 'string' && /^\d{1,3}$/.test(path[0]) ? path.slice(1) : path;
  return inCall.at(-1) === 'content' && (inCall.length === 1 || (inCall.length === 3 && inCall[0] === 'items'));
};

/** Mounts `/trpc/*`. */
export function mountTrpc(app: FastifyInstance, options: Transport): void {
  app.route({
    url: `${PREFIX}*`,
    method: ['GET', 'POST'],
    handler: async (request, reply) => {
      const send = await respond({ request, reply }, options);
      return await send();
    },
  });
}

/**
 * Frees what the request held before its answer is sent: whoever gets a refusal may repeat under its key at once. Only a
 * stream holds it until its end.
 */
async function respond(exchange: Exchange, options: Transport): Promise<() => FastifyReply> {
  const { request, reply } = exchange;
  const { event, url } = request;
  const path = url.slice(PREFIX.length).replace(/\?.*$/s, '');
  event.operation = toOperation(path);
  await using held = new AsyncDisposableStack();
  const call = held.use(openCall(exchange, options));
  const response = await resolveResponse({
    router: appRouter,
    req: call.fetchRequest,
    path,
    error: null,
    maxBatchSize: MAX_BATCH_CALLS,
    // What is too long for an address may be asked for by POST.
    allowMethodOverride: true,
    createContext: call.createContext,
    onError: ({ error: { cause, code } }) => {
      // Of several failures ours is the one to tell of.
      if (event.errorCode === 'internal') return;
      event.errorCode = cause instanceof GatewayError ? cause.code : code;
      if (cause instanceof GatewayError && cause.code === 'internal') event.err = cause.cause;
    },
    responseMeta: ({ errors }) => (errors.length === 0 ? {} : { headers: toErrorHeaders(errors) }),
  });
  setHeaders(reply, response);
  reply.code(response.status);
  const { body } = response;
  if (body !== null && isEventStream(response)) {
    const running = held.move();
    return () => sendStream(exchange, call.frames.merge(body), { onEnd: () => running.disposeAsync() });
  }
  const text = await response.text();
  return () => reply.send(text);
}

/** The operation that a path asks for; its names, which the caller made up, are never passed on. */
function toOperation(path: string): string {
  const operations = new Set(path.split(',').map((name) => OPERATIONS_BY_PATH.get(name) ?? 'unknown'));
  const [first = 'unknown'] = operations;
  return operations.size === 1 ? first : 'several';
}

function toErrorHeaders(errors: readonly TRPCError[]): Headers {
  const headers = new Headers();
  for (const { code, cause } of errors) {
    if (code === 'UNAUTHORIZED') headers.set('www-authenticate', 'Bearer');
    const retryAfterSeconds = cause instanceof GatewayError ? toHints(cause).retryAfterSeconds : null;
    if (retryAfterSeconds !== null) headers.set('retry-after', String(retryAfterSeconds));
  }
  return headers;
}

/** One HTTP request to tRPC: its token is judged when the context is made, its body read when an input is asked for. */
function openCall(exchange: Exchange, { operations, authenticate, readBody, originOf }: Transport) {
  const { request, reply } = exchange;
  const streamed = new Map<string, StagedContent>();
  const frames = createStreamFrames();
  let context: CallContext | null = null;
  let body: RequestBody | null = null;

  async function readValue(): Promise<unknown> {
    if (context === null) throw new Error('the body was asked for before the token was judged');
    const { caller } = context;
    body = await readBody(exchange, { caller, isContent, form: createForm });
    for (const [placeholder, content] of body.streamed) streamed.set(placeholder, content);
    return body.value;
  }

  return {
    frames,
    fetchRequest: toFetchRequest(exchange, readValue),
    async createContext(): Promise<CallContext> {
      try {
        const caller = await operations.open(await openCaller(exchange, authenticate));
        const markCreated = createCreatedHeaders((name, value) => void reply.header(name, value));
        const origin = originOf(request);
        const { tellCursor } = frames;
        context = { operations, caller, streamed, event: request.event, origin, markCreated, tellCursor };
        return context;
      } catch (error) {
        throw toTrpcError(error);
      }
    },
    async [Symbol.asyncDispose]() {
      await body?.[Symbol.asyncDispose]();
      await context?.caller[Symbol.asyncDispose]();
    },
  };
}

/** TypeScript does not know it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** JSON.stringify would write null for a number beyond doubles, such as 1e999, and null would be stored in its place. */
function toJsonText(value: unknown): string {
  if (!holdsInfinity(value)) return JSON.stringify(value);
  return JSON.stringify(value, (_key, inner) =>
    inner === Number.POSITIVE_INFINITY || inner === Number.NEGATIVE_INFINITY
      ? rawJSON(inner > 0 ? '1e999' : '-1e999')
      : inner,
  );
}

function holdsInfinity(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsInfinity);
}

/**
 * As much of a fetch `Request` as tRPC looks at. What is no form is always called JSON: our body reader judges the
 * content type, so that a wrong one gets the same answer in every transport.
 */
function toFetchRequest({ request, reply }: Exchange, readValue: () => Promise<unknown>): Request {
  const isForm = request.headers['content-type']?.toLowerCase().startsWith('multipart/form-data') ?? false;
  const headers = new Headers({ 'content-type': isForm ? 'multipart/form-data' : 'application/json' });
  for (const name of ['accept', 'trpc-accept', 'last-event-id']) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const partial = {
    method: request.method,
    url: `http://gateway${request.url}`,
    headers,
    signal: signalOf(reply),
    text: async () => toJsonText(await readValue()),
    formData: readValue,
  };
  return partial as unknown as Request;
}
