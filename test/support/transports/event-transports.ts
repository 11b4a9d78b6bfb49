// The log of events, read in each transport: page by page, and live by the clients that people use.
import { createTRPCClient, httpSubscriptionLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import { createClient } from 'graphql-sse';
import type { AppRouter } from '../../../src/resolvers/trpc/types.ts';
import { type ChangeKind, send, type Target, toSnakeCase } from './change-transports.ts';
import type { Input } from './transports.ts';

export type EventAnswer = { readonly kind: ChangeKind; readonly value: unknown; readonly message: string | null };

/** As GraphQL and tRPC spell it. */
export type ReadEvent = {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly cursor: string;
  readonly subject: string | null;
  readonly data: { readonly [key: string]: unknown };
};

export type LiveReader = {
  /** What has been told so far. */
  readonly events: readonly ReadEvent[];
  /** Resolves when `count` events have been told. */
  until(count: number): Promise<readonly ReadEvent[]>;
  /** Resolves when the client takes the stream for over; rejects with what it takes for a failure that is final. */
  readonly ended: Promise<void>;
  close(): void;
};

export type EventTransport = {
  readonly name: 'REST' | 'GraphQL' | 'tRPC';
  list(input: Input, target: Target): Promise<EventAnswer>;
  watch(input: Input, target: Target): LiveReader;
};

const KINDS: { readonly [status: number | string]: ChangeKind } = {
  400: 'bad_request',
  401: 'unauthenticated',
  403: 'forbidden',
  BAD_REQUEST: 'bad_request',
  UNAUTHENTICATED: 'unauthenticated',
  UNAUTHORIZED: 'unauthenticated',
  FORBIDDEN: 'forbidden',
};

/** All keys but those within metadata. */
function toCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toCamelCase);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
    key === 'metadata' || key === 'tags' ? inner : toCamelCase(inner),
  ]);
  return Object.fromEntries(entries);
}

function toQuery(input: Input): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(toSnakeCase(input) as Input)) {
    for (const one of [value].flat()) if (one !== undefined) query.append(name, `${one}`);
  }
  return query.size === 0 ? '' : `?${query}`;
}

const bearer = ({ token }: Target) => (token === null ? {} : { authorization: `Bearer ${token}` });

/** Collects what a client calls back. */
function createReader(start: (told: (event: ReadEvent) => void, ended: PromiseWithResolvers<void>) => () => void) {
  const events: ReadEvent[] = [];
  const ended = Promise.withResolvers<void>();
  // Who does not look at the end is not to fail by it.
  ended.promise.catch(() => {});
  let wake: (() => void)[] = [];
  const close = start((event) => {
    events.push(event);
    for (const resolve of wake) resolve();
    wake = [];
  }, ended);
  return {
    events,
    ended: ended.promise,
    close,
    async until(count: number) {
      while (events.length < count) {
        await Promise.race([new Promise<void>((resolve) => wake.push(resolve)), ended.promise.then(refuse)]);
      }
      return events;
    },
  };
}

function refuse(): never {
  throw new Error('the stream has ended');
}

const TYPES = ['created', 'updated', 'replaced', 'trashed', 'restored', 'deleted'].map((type) => `resource.${type}`);
const ALL_TYPES = [...TYPES, 'directory.moved', 'directory.deleted'];

const rest: EventTransport = {
  name: 'REST',
  async list(input, target) {
    const { status, json } = await send('GET', `/v1/events${toQuery(input)}`, target);
    if (status === 200) return { kind: 'ok', value: toCamelCaseEvents(json), message: null };
    if (Object.keys(json).join() !== 'error') throw new Error(`REST said more than error: ${JSON.stringify(json)}`);
    return { kind: KINDS[status] as ChangeKind, value: null, message: json.error };
  },
  watch: (input, target) =>
    createReader((told, ended) => {
      const source = new EventSource(`${target.url}/v1/events${toQuery(input)}`, {
        fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...bearer(target) } }),
      });
      for (const type of ALL_TYPES) {
        source.addEventListener(type, ({ data, lastEventId, type: named }) => {
          const event = toCamelCaseEvent(JSON.parse(data));
          if (event.cursor !== lastEventId || event.type !== named) ended.reject(new Error('told two things at once'));
          told(event);
        });
      }
      source.addEventListener('error', ({ code, message }) => {
        if (source.readyState === source.CLOSED) ended.reject(new Error(message ?? `${code}`));
      });
      return () => source.close();
    }),
};

const toCamelCaseEvent = (event: unknown): ReadEvent => {
  const told = toCamelCase(event) as ReadEvent;
  const { changed } = told.data as { changed?: string[] };
  if (changed === undefined) return told;
  const names = changed.map((name) => name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()));
  return { ...told, data: { ...told.data, changed: names } };
};
const toCamelCaseEvents = ({ events, ...page }: { events: unknown[] }) => ({
  ...(toCamelCase(page) as object),
  events: events.map(toCamelCaseEvent),
});

const FIELDS = 'id type timestamp cursor subject data';
const ARGUMENTS = '$after: String, $types: [String!], $resourceId: ID, $directoryPath: String';
const PASSED = 'after: $after, types: $types, resourceId: $resourceId, directoryPath: $directoryPath';
const LIST = `query (${ARGUMENTS}, $limit: Int) {
  events(${PASSED}, limit: $limit) { events { ${FIELDS} } cursor hasMore }
}`;
const WATCH = `subscription (${ARGUMENTS}) { resourceEvents(${PASSED}) { ${FIELDS} } }`;

const graphql: EventTransport = {
  name: 'GraphQL',
  async list(variables, target) {
    const { json } = await send('POST', '/graphql', { ...target, body: { query: LIST, variables } });
    const [error] = json.errors ?? [];
    if (error === undefined) return { kind: 'ok', value: json.data.events, message: null };
    return { kind: KINDS[error.extensions.code] as ChangeKind, value: null, message: error.message };
  },
  watch: (variables, target) =>
    createReader((told, ended) => {
      const client = createClient({
        url: `${target.url}/graphql`,
        headers: bearer(target) as { [name: string]: string },
        retryAttempts: 0,
      });
      client.subscribe<{ resourceEvents: ReadEvent }>(
        { query: WATCH, variables },
        {
          next({ data, errors }) {
            if (errors !== undefined) ended.reject(new Error(errors[0]?.message));
            else if (data?.resourceEvents !== undefined) told(data.resourceEvents);
          },
          error: ended.reject,
          complete: ended.resolve,
        },
      );
      return () => client.dispose();
    }),
};

const trpc: EventTransport = {
  name: 'tRPC',
  async list(input, target) {
    const query = new URLSearchParams({ input: JSON.stringify(input) });
    const { json } = await send('GET', `/trpc/event.list?${query}`, target);
    if (json.error === undefined) return { kind: 'ok', value: json.result.data, message: null };
    return { kind: KINDS[json.error.data.code] as ChangeKind, value: null, message: json.error.message };
  },
  watch: (input, target) =>
    createReader((told, ended) => {
      const link = httpSubscriptionLink<AppRouter, typeof EventSource>({
        url: `${target.url}/trpc`,
        EventSource,
        eventSourceOptions: () => ({
          fetch: (url: string | URL, init: { headers: { [name: string]: string } }) =>
            fetch(url, { ...init, headers: { ...init.headers, ...bearer(target) } }),
        }),
      });
      const client = createTRPCClient<AppRouter>({ links: [link] });
      const subscription = client.event.stream.subscribe(input, {
        onData: ({ id, data }) => {
          if (id !== data.cursor) ended.reject(new Error('is tracked by something else than its cursor'));
          told(data);
        },
        onError: ended.reject,
        onComplete: ended.resolve,
      });
      return () => subscription.unsubscribe();
    }),
};

export const EVENT_TRANSPORTS: readonly EventTransport[] = [rest, graphql, trpc];
