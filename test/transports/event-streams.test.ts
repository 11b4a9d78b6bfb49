// What goes over the wire, where clients hide it: the frames of each transport's stream, and how it ends.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';
import { send } from '../support/transports/change-transports.ts';

const cleanup = new AsyncDisposableStack();
let gateway: Gateway;
let client: pg.Client;
beforeAll(async () => {
  const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
  gateway = cleanup.use(await startGateway({ DATABASE_URL: url }));
  client = new pg.Client({ connectionString: url });
  await client.connect();
  cleanup.defer(() => client.end());
});
afterAll(() => cleanup.disposeAsync());

type Frame = { readonly [field: string]: string };

async function openAccount() {
  const account = randomUUID();
  const token = await gateway.token({ account });
  const target = { url: gateway.url, token };
  return {
    account,
    target,
    async create() {
      const body = { name: randomUUID(), directory_path: '/', content: 'data:text/plain;base64,SGVsbG8=' };
      const { json } = await send('POST', '/v1/resources', { ...target, body });
      return json.id as string;
    },
    async latest(): Promise<string> {
      return (await send('GET', '/v1/events?after=latest', target)).json.cursor;
    },
    /** Frames as they come, and the rest of the text when the stream has ended or broken. */
    async open(path: string, { headers = {}, body }: { headers?: object; body?: object } = {}) {
      const leaving = new AbortController();
      const response = await fetch(`${gateway.url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          accept: 'text/event-stream',
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: leaving.signal,
      });
      return { response, frames: readFrames(response), close: () => leaving.abort() };
    },
  };
}

async function* readFrames(response: Response): AsyncGenerator<Frame, void, undefined> {
  let text = '';
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const fields = lines.flatMap((line) => /^(\w*): ?(.*)$/s.exec(line)?.slice(1, 3) ?? []);
      const pairs = fields.flatMap((field, index) => (index % 2 === 0 ? [[field, fields[index + 1]]] : []));
      yield Object.fromEntries(pairs);
    }
  }
}

async function find(frames: AsyncGenerator<Frame>, event: string): Promise<Frame> {
  for (let next = await frames.next(); next.done !== true; next = await frames.next()) {
    if (next.value.event === event) return next.value;
  }
  throw new Error(`the stream ended without ${event}`);
}

describe('REST', () => {
  test('begins with a heartbeat that carries the cursor, then has each event with its cursor as id', async () => {
    const { open, create } = await openAccount();
    const { response, frames, close } = await open('/v1/events');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    const heartbeat = await find(frames, 'heartbeat');
    expect(JSON.parse(heartbeat.data ?? '')).toMatchObject({ type: 'heartbeat', cursor: heartbeat.id, subject: null });
    const id = await create();
    const created = await find(frames, 'resource.created');
    expect(JSON.parse(created.data ?? '')).toMatchObject({ subject: id, cursor: created.id, data: { id } });
    close();
  });

  test('goes on behind Last-Event-ID, whatever the address says', async () => {
    const { open, create, latest } = await openAccount();
    const cursor = await latest();
    const ids = [await create(), await create()];
    const first = await open(`/v1/events?after=${cursor}`);
    const frame = await find(first.frames, 'resource.created');
    first.close();
    const second = await open(`/v1/events?after=${cursor}`, { headers: { 'last-event-id': frame.id } });
    const next = await find(second.frames, 'resource.created');
    expect([frame, next].map(({ data }) => JSON.parse(data ?? '').subject)).toEqual(ids);
    second.close();
  });

  test('tells without a cursor what a page tells, and goes on', async () => {
    const { open, create } = await openAccount();
    const first = await create();
    const { frames, close } = await open('/v1/events');
    const before = await find(frames, 'resource.created');
    const second = await create();
    const then = await find(frames, 'resource.created');
    expect([before, then].map(({ data }) => JSON.parse(data ?? '').subject)).toEqual([first, second]);
    close();
  });

  test('refuses a stream before it begins, as JSON', async () => {
    const { open } = await openAccount();
    for (const [path, message] of [
      ['/v1/events?after=nonsense', /^after must be a cursor/],
      ['/v1/events?limit=1', /"limit" is not known here/],
      ['/v1/events?tipes=x', /did you mean types/],
    ] as const) {
      const { response } = await open(path);
      expect(response.status).toBe(400);
      expect((await response.json()).error).toMatch(message);
    }
  });

  test('answers a page to whoever does not ask for a stream, and to HEAD', async () => {
    const { target, open } = await openAccount();
    const headers = { authorization: `Bearer ${target.token}` };
    const page = await fetch(`${gateway.url}/v1/events`, { headers: { ...headers, accept: '*/*' } });
    expect(await page.json()).toMatchObject({ events: [], has_more: false });
    const head = await fetch(`${gateway.url}/v1/events`, {
      method: 'HEAD',
      headers: { ...headers, accept: 'text/event-stream' },
    });
    expect(head.headers.get('content-type')).toMatch('application/json');
    const { response, close } = await open('/v1/events', { headers: { accept: 'Text/Event-Stream, */*;q=0.1' } });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    close();
  });
});

const SUBSCRIPTION =
  'subscription ($after: String) { resourceEvents(after: $after) { id resource { id metadata } data } }';

/** Each transport's stream behind a cursor, as a path and a body. */
const STREAMS: { readonly [name: string]: (after: string) => { path: string; body?: object } } = {
  REST: (after) => ({ path: `/v1/events?after=${after}` }),
  GraphQL: (after) => ({ path: '/graphql', body: { query: SUBSCRIPTION, variables: { after } } }),
  tRPC: (after) => ({ path: `/trpc/event.stream?input=${encodeURIComponent(JSON.stringify({ after }))}` }),
};

describe.each(Object.entries(STREAMS))('%s', (name, toStream) => {
  const openStream = ({ open }: Awaited<ReturnType<typeof openAccount>>, after: string) => {
    const { path, ...options } = toStream(after);
    return open(path, options);
  };

  test('tells of a failure on our side nothing but that there was one', async () => {
    const account = await openAccount();
    const cursor = await account.latest();
    // What no version of ours has written cannot be told.
    await client.query(
      `insert into events (account_id, type, subject, directory_path, data) values ($1, 'resource.created', $2, '/', '{}')`,
      [account.account, randomUUID()],
    );
    const { response } = await openStream(account, cursor);
    let text = '';
    try {
      for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += piece;
    } catch {}
    expect(text).not.toMatch(/Invalid|RangeError|time value/);
    if (name !== 'REST') expect(text).toMatch(/on our side/);
  });

  test('refuses a cursor from before the log began anew, in a sentence that says what to do', async () => {
    const account = await openAccount();
    const cursor = await account.latest();
    await client.query(`update event_log set timeline = 'X', written_by = pg_current_xact_id()`);
    const { response, close } = await openStream(account, cursor);
    let text = '';
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      if (/restored/.test(text)) break;
    }
    close();
    expect(text).toMatch(/after is from before the database was restored.*after=latest/);
  });
});

test('tRPC tells its client the cursor also when there is no event, between frames that are whole', async () => {
  const { open, create } = await openAccount();
  const { frames, close } = await open('/trpc/event.stream?input=%7B%7D');
  const heartbeat = await find(frames, 'heartbeat');
  expect(heartbeat.id).toMatch(/^[\w-]{27}$/);
  const id = await create();
  for (let next = await frames.next(); next.done !== true; next = await frames.next()) {
    if (next.value.event !== undefined || next.value.data === undefined) continue;
    expect(JSON.parse(next.value.data)).toMatchObject({ subject: id, cursor: next.value.id });
    break;
  }
  close();
});

test('GraphQL gives the resource as it was then, of every event anew', async () => {
  const account = await openAccount();
  const { path, ...options } = STREAMS.GraphQL?.(await account.latest()) ?? { path: '' };
  const { frames, close } = await account.open(path, options);
  const ids = [await account.create(), await account.create()];
  for (const id of ids) {
    const { data } = await find(frames, 'next');
    expect(JSON.parse(data ?? '').data.resourceEvents).toMatchObject({
      resource: { id, metadata: null },
      data: { id },
    });
  }
  close();
});
