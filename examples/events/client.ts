// Live events in each transport, by the clients that people use for it: each is told of the same create, with the same cursor.
import { createTRPCClient, httpSubscriptionLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import { createClient } from 'graphql-sse';
import type { AppRouter } from 'resource-gateway/trpc';

declare const process: { argv: string[] };
const [, , url = '', token = ''] = process.argv;
const headers = { authorization: `Bearer ${token}` };

/** With the token, which an EventSource of a browser cannot send: use a cookie, or a proxy, there. */
const withToken: typeof fetch = (input, init) => fetch(input, { ...init, headers: { ...init?.headers, ...headers } });

type Told = { readonly type: string; readonly subject: string | null; readonly cursor: string };

/** REST: server-sent events. A lost connection goes on after the last event by itself. */
function readRest(after: string, tell: (event: Told) => void): () => void {
  const source = new EventSource(`${url}/v1/events?types=resource.created&after=${after}`, {
    fetch: withToken as never,
  });
  source.addEventListener('resource.created', ({ data }) => tell(JSON.parse(data)));
  return () => source.close();
}

/** GraphQL: a lost connection is begun anew with the last cursor, since the protocol has no place for it. */
function readGraphql(after: string, tell: (event: Told) => void): () => void {
  const client = createClient({ url: `${url}/graphql`, headers });
  const query = `subscription ($after: String) {
    resourceEvents(after: $after, types: ["resource.created"]) { type subject cursor }
  }`;
  let last = after;
  let isOver = false;
  const begin = (): void => {
    client.subscribe<{ resourceEvents: Told }>(
      { query, variables: { after: last } },
      {
        next({ data }) {
          if (!data) return;
          last = data.resourceEvents.cursor;
          tell(data.resourceEvents);
        },
        error: console.error,
        complete: () => void (isOver || begin()),
      },
    );
  };
  begin();
  return () => {
    isOver = true;
    client.dispose();
  };
}

/** tRPC: typed, and tracked by the same cursor. */
function readTrpc(after: string, tell: (event: Told) => void): () => void {
  const link = httpSubscriptionLink<AppRouter, typeof EventSource>({
    url: `${url}/trpc`,
    EventSource,
    eventSourceOptions: () => ({ fetch: withToken as never }),
  });
  const client = createTRPCClient<AppRouter>({ links: [link] });
  const subscription = client.event.stream.subscribe(
    { after, types: ['resource.created'] },
    { onData: ({ data }) => tell(data), onError: console.error },
  );
  return () => subscription.unsubscribe();
}

// From now on; without `after` it would be everything that the log still has.
const { cursor } = (await (await withToken(`${url}/v1/events?after=latest`)).json()) as { cursor: string };
const told = [readRest, readGraphql, readTrpc].map(
  (read) =>
    new Promise<Told>((resolve) => {
      const leave = read(cursor, (event) => {
        leave();
        resolve(event);
      });
    }),
);
const content = 'data:text/plain;base64,SGVsbG8=';
const created = await withToken(`${url}/v1/resources`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ name: 'told.txt', directory_path: '/', content }),
});
const { id } = (await created.json()) as { id: string };
const events = await Promise.all(told);
console.log(JSON.stringify(events.map(({ type, subject }) => [type, subject === id])));
console.log(JSON.stringify(['cursors', new Set(events.map((event) => event.cursor)).size]));
