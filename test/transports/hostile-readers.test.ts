// Readers of live events that read nothing, come in crowds, or say what they were never told.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { send } from '../support/transports/change-transports.ts';
import { EVENT_TRANSPORTS } from '../support/transports/event-transports.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function openAccount() {
  const account = randomUUID();
  const target = { url: gateway.url, token: await gateway.token({ account }) };
  return {
    target,
    latest: async (): Promise<string> => (await send('GET', '/v1/events?after=latest', target)).json.cursor,
    async create(metadata: object = {}): Promise<string> {
      const content = 'data:text/plain;base64,SGVsbG8=';
      const body = { name: randomUUID(), directory_path: '/', content, metadata };
      const { status, json } = await send('POST', '/v1/resources', { ...target, body });
      expect(status, json.error).toBe(200);
      return json.id;
    },
  };
}

/** Asks for a stream and takes nothing of it. */
async function openDeaf({ url, token }: { url: string; token: string }): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  socket.write(
    `GET /v1/events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  return socket;
}

const readersNow = async () => {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(/gateway_event_readers\{transport="rest"\} (\d+)/.exec(text)?.[1]);
};

test('readers that take nothing hold up neither creates nor readers that do, and their events gather nowhere', {
  timeout: 120_000,
}, async () => {
  const { target, create, latest } = await openAccount();
  const cursor = await latest();
  const deaf = await Promise.all(Array.from({ length: 300 }, () => openDeaf(target)));
  try {
    await vi.waitFor(async () => expect(await readersNow()).toBe(300), { timeout: 30_000 });
    const [rest] = EVENT_TRANSPORTS;
    const reader = rest?.watch({ after: cursor }, target);
    const ids: string[] = [];
    const before = process.memoryUsage().rss;
    // Kept for each of them, these would be 3 GB.
    for (let count = 0; count < 200; count += 1) ids.push(await create({ text: 'x'.repeat(50_000) }));
    const events = await reader?.until(ids.length);
    reader?.close();
    expect(events?.map(({ subject }) => subject)).toEqual(ids);
    expect(process.memoryUsage().rss - before).toBeLessThan(600 * 1024 * 1024);
  } finally {
    for (const socket of deaf) socket.destroy();
  }
  await vi.waitFor(async () => expect(await readersNow()).toBe(0), { timeout: 30_000 });
});

test('an account has no more than its share of readers, each of whom is refused with when to come again', {
  timeout: 120_000,
}, async () => {
  const { target } = await openAccount();
  const other = await openAccount();
  const leaving = new AbortController();
  const open = async ({ url, token }: { url: string; token: string }) => {
    const headers = { accept: 'text/event-stream', authorization: `Bearer ${token}` };
    return await fetch(`${url}/v1/events`, { headers, signal: leaving.signal });
  };
  // Kept, since `fetch` closes the connection of an answer that is collected.
  const responses: Response[] = [];
  try {
    while (responses.length < 5_000) {
      responses.push(...(await Promise.all(Array.from({ length: 250 }, () => open(target)))));
    }
    const refused = await open(target);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await refused.json()) as object).toEqual({
      error: expect.stringMatching(/^too many readers of live events are connected/),
    });
    expect((await open(other.target)).status).toBe(200);
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
  } finally {
    leaving.abort();
  }
  await vi.waitFor(async () => expect(await readersNow()).toBe(0), { timeout: 60_000 });
});

test.each([
  ['nothing', ''],
  ['what is none', 'nonsense'],
  ['bytes', '%00%ff'],
  ['very much', 'A'.repeat(8_000)],
  ['a number', '18446744073709551616'],
  ['one that is too long by a letter', 'longer'],
  ['one with a letter changed', 'changed'],
  ['one of another account', 'theirs'],
])('a stream behind a Last-Event-ID of %s is refused, or begins', async (_what, text) => {
  const { target, latest } = await openAccount();
  const cursor = await latest();
  const flipped = cursor.endsWith('A') ? 'B' : 'A';
  const made: { [text: string]: string } = {
    longer: `${cursor}A`,
    changed: cursor.slice(0, 5) + (cursor[5] === 'A' ? 'B' : 'A') + cursor.slice(6, -1) + flipped,
    theirs: await (await openAccount()).latest(),
  };
  const leaving = new AbortController();
  const response = await fetch(`${target.url}/v1/events`, {
    headers: {
      accept: 'text/event-stream',
      authorization: `Bearer ${target.token}`,
      'last-event-id': made[text] ?? text,
    },
    signal: leaving.signal,
  });
  if (text === '') expect(response.status).toBe(200);
  else {
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringMatching(/^after must be a cursor/) });
  }
  leaving.abort();
});
