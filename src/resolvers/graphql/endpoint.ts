// What answers in GraphQL: Yoga with its request parser replaced, so that the token is judged before the body is read and
// content streams past the parser. Half of all the code that a gateway runs on is loaded by this one.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ExecutionResult, GraphQLError } from 'graphql';
import { createYoga, type GraphQLParams, type Plugin, type PromiseOrValue } from 'graphql-yoga';
import { toGatewayError } from '../../domain/errors.ts';
import type { RequestBody } from '../../http/body/request-body.ts';
import { type Exchange, openCaller } from '../../http/caller.ts';
import { setHeaders } from '../../http/framing.ts';
import { isEventStream, sendStream } from '../../http/send-stream.ts';
import type { Transport } from '../../http/transport.ts';
import { MAX_FIELDS_BYTES } from '../../schema/create-resource.ts';
import { type CallContext, createCreatedHeaders } from '../call-context.ts';
import { createDocumentCache } from './document-cache.ts';
import { toGraphqlError } from './errors.ts';
import { executePlainly } from './executor.ts';
import { GRAPHIQL_CSP, GRAPHIQL_OPTIONS, renderGraphiqlPage } from './graphiql.ts';
import { createOperationNames, type OperationNames } from './operation.ts';
import { requireSingle } from './request-shape.ts';
import { useSafety } from './safety.ts';
import { createGraphqlSchema } from './schema.ts';
import { createShortWay, type ShortWay } from './short-way.ts';
import { uploadForm } from './upload.ts';

export type GraphqlOptions = Transport & {
  /** Whether callers may ask for the schema. */
  readonly introspection: boolean;
};

const CACHED_DOCUMENTS = { maxEntries: 1_000, maxDocumentChars: 16 * 1024 };

/** Belongs to one request; reading its parameters fills it. */
type ServerContext = {
  readonly exchange: Exchange;
  body: RequestBody | null;
  /** Once they are being read. */
  sent: Promise<GraphQLParams> | null;
  /** Of an execution that Yoga is to show. */
  result: ExecutionResult | null;
  /** Whether it is answered with data and no error. */
  isWhole: boolean;
} & Partial<CallContext>;

/**
 * Content stands among the variables, under whatever name the client gave it; which of them is content only the query
 * tells, and that may come last. So whatever could still be a legal field stays where it is, and what is too long for
 * one is streamed: elsewhere than in content it is refused anyway.
 */
const isContent = (path: readonly (string | number)[], head: string) =>
  path.length > 1 && path[0] === 'variables' && head.startsWith('data:');

/** Judges the token, then reads the body; a query by GET is left to Yoga's own parser. */
async function readParams(
  context: ServerContext,
  {
    operations,
    authenticate,
    readBody,
    originOf,
    parseGet,
  }: GraphqlOptions & { parseGet: () => PromiseOrValue<unknown> },
): Promise<GraphQLParams> {
  const { exchange } = context;
  const { request, reply } = exchange;
  const caller = await operations.open(await openCaller(exchange, authenticate));
  const markCreated = createCreatedHeaders((name, value) => void reply.header(name, value));
  const origin = originOf(request);
  const shared = { operations, markCreated, tellCursor: null, origin, event: request.event };
  Object.assign(context, { ...shared, caller, streamed: new Map() });
  if (request.method !== 'POST') return requireSingle(await parseGet());
  context.body = await readBody(exchange, {
    caller,
    isContent,
    inlineBytes: MAX_FIELDS_BYTES,
    form: uploadForm,
  });
  Object.assign(context, { streamed: context.body.streamed });
  return requireSingle(context.body.value);
}

function useOwnRequestParser(options: GraphqlOptions): Plugin<object, ServerContext> {
  return {
    onRequestParse({ serverContext, requestParser, setRequestParser }) {
      setRequestParser((request) => {
        const parseGet = () => requestParser?.(request);
        serverContext.sent ??= readParams(serverContext, { ...options, parseGet });
        return serverContext.sent.catch((error) => {
          throw error instanceof GraphQLError ? error : toGatewayError(error);
        });
      });
    },
  };
}

/** Names the operation when its document can be read, so that it has its name also when it is refused. */
function useOperationNames(toName: OperationNames): Plugin<ServerContext, ServerContext> {
  return {
    onParse:
      ({ context }) =>
      ({ result }) => {
        if (result === null || result instanceof Error) return;
        context.exchange.request.event.operation = toName(result, context.params.operationName);
      },
  };
}

/** Tells the short way what Yoga does, and shows what was executed on it. */
function useShortWay(shortWay: ShortWay): Plugin<ServerContext, ServerContext> {
  return {
    onParams({ context, setResult }) {
      const { result } = context as ServerContext;
      if (result !== null) setResult(result);
    },
    onValidate:
      ({ context, params }) =>
      ({ valid }) => {
        const { query } = context.params;
        if (valid && query !== undefined) shortWay.learnDocument(query, params.documentAST);
      },
    onExecute: ({ setExecuteFn }) => setExecuteFn(executePlainly),
  };
}

/** Renders every error by our table, tells the request's log line of the last one, and the caller what its rate points are. */
function useOwnResults(): Plugin<object, ServerContext> {
  return {
    onResultProcess({ serverContext, result, setResult }) {
      if (Array.isArray(result)) return;
      const rateLimit = findRateLimit(serverContext);
      serverContext.isWhole = 'data' in result && !('errors' in result);
      const errors = 'errors' in result ? result.errors : undefined;
      if (errors === undefined && rateLimit === null) return;
      setResult({
        ...result,
        ...(errors !== undefined && { errors: showErrors(errors, serverContext) }),
        ...(rateLimit !== null && { extensions: { ...extensionsOf(result), rateLimit } }),
      });
    },
    // The results of a subscription pass by one by one, and not through the hook above.
    onSubscribe: ({ args }) => ({
      onSubscribeResult: () => ({
        onNext({ result, setResult }) {
          if (!('errors' in result) || result.errors === undefined) return;
          setResult({ ...result, errors: showErrors(result.errors, contextOf(args)) });
        },
      }),
      onSubscribeError: ({ error, setError }) => setError(showErrors([error], contextOf(args))[0]),
    }),
  };
}

const findRateLimit = ({ caller, operations }: ServerContext) =>
  (caller && operations?.rateState(caller.principal.accountId)) ?? null;

const extensionsOf = (result: object) =>
  'extensions' in result ? (result.extensions as object | undefined) : undefined;

const contextOf = ({ contextValue }: { readonly contextValue?: unknown }) => contextValue as ServerContext;

function showErrors(errors: readonly unknown[], { exchange: { request } }: ServerContext): GraphQLError[] {
  const { event } = request;
  return errors.map((thrown) => {
    const { shown, error } = toGraphqlError(thrown);
    // Of several failures ours is the one to tell of.
    if (event.errorCode !== 'internal') event.errorCode = error.code;
    if (error.code === 'internal') event.err ??= error.cause;
    return shown;
  });
}

const isJson = ({ method, headers }: FastifyRequest) =>
  method === 'POST' && /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');

export type GraphqlEndpoint = {
  /** Answers one request, whatever it asks, with what sends the answer; only a fault of ours rejects. */
  respond(exchange: Exchange): Promise<() => FastifyReply>;
};

/** Builds the schema, and what answers by it: queries, mutations, and GraphiQL for a browser. */
export function createGraphqlEndpoint(options: GraphqlOptions): GraphqlEndpoint {
  const schema = createGraphqlSchema();
  const shortWay = createShortWay(schema, CACHED_DOCUMENTS);
  const toName = createOperationNames(schema);
  const yoga = createYoga<ServerContext>({
    schema,
    graphqlEndpoint: '/graphql',
    logging: false,
    cors: false,
    landingPage: false,
    multipart: false,
    maxRequestBodySize: false,
    renderGraphiQL: renderGraphiqlPage,
    graphiql: GRAPHIQL_OPTIONS,
    // Ours mask every error, and can tell the log of it.
    maskedErrors: false,
    plugins: [
      useOwnRequestParser(options),
      useOwnResults(),
      useOperationNames(toName),
      useSafety(schema, options),
      useShortWay(shortWay),
    ],
    parserAndValidationCache: {
      documentCache: createDocumentCache(CACHED_DOCUMENTS),
      errorCache: createDocumentCache(CACHED_DOCUMENTS),
    },
  });

  /** An answer with data alone; null leaves the rest to Yoga, also what went wrong. */
  async function answerShortly(context: ServerContext): Promise<string | null> {
    context.sent = readParams(context, { ...options, parseGet: () => null });
    const params = await context.sent.catch(() => null);
    const document = params && shortWay.findDocument(params);
    if (!document) return null;
    context.exchange.request.event.operation = toName(document, params.operationName);
    const result = await shortWay.execute(document, { params, context });
    if (result.errors !== undefined) {
      context.result = result;
      return null;
    }
    const rateLimit = findRateLimit(context);
    return JSON.stringify(rateLimit === null ? result : { ...result, extensions: { rateLimit } });
  }

  /** Freed before the answer is sent: whoever gets a refusal may repeat under the same key at once. Only a stream holds on. */
  async function respond(exchange: Exchange): Promise<() => FastifyReply> {
    const { request, reply } = exchange;
    await using held = new AsyncDisposableStack();
    const context: ServerContext = { exchange, body: null, sent: null, result: null, isWhole: false };
    held.defer(async () => {
      await context.body?.[Symbol.asyncDispose]();
      await context.caller?.[Symbol.asyncDispose]();
    });
    const accept = isJson(request) ? (request.headers.accept ?? '') : null;
    const type = accept === null ? undefined : shortWay.findType(accept);
    const whole = type === undefined ? null : await answerShortly(context);
    if (type !== undefined && whole !== null) return () => reply.header('content-type', type).send(whole);
    const response = await yoga.handleNodeRequestAndResponse(request.raw, reply.raw, context);
    setHeaders(reply, response);
    reply.code(response.status);
    if (response.headers.get('content-type') === 'text/html') reply.header('content-security-policy', GRAPHIQL_CSP);
    const { body } = response;
    if (body !== null && isEventStream(response)) {
      // Yoga names a coding that there is not.
      reply.removeHeader('content-encoding');
      const running = held.move();
      return () => sendStream(exchange, body, { onEnd: () => running.disposeAsync() });
    }
    const shown = response.headers.get('content-type');
    if (accept !== null && context.isWhole && shown !== null) shortWay.learnType(accept, shown);
    const text = await response.text();
    return () => reply.send(text);
  }

  return { respond };
}
