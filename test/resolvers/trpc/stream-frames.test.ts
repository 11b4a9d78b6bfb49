import { setImmediate } from 'node:timers/promises';
import { tracked } from '@trpc/server';
import { resolveResponse } from '@trpc/server/http';
import { expect, test } from 'vitest';
import type { CallContext } from '../../../src/resolvers/call-context.ts';
import { t } from '../../../src/resolvers/trpc/procedure.ts';
import { createStreamFrames } from '../../../src/resolvers/trpc/stream-frames.ts';

const TURNS = 20;

test('what tRPC streams may fail while its reader takes nothing, and is heard when the reader goes on', async () => {
  const failed = Promise.withResolvers<void>();
  const router = t.router({
    stream: t.procedure.subscription(async function* () {
      for (let id = 0; id < 3; id += 1) yield tracked(`${id}`, id);
      failed.resolve();
      throw new DOMException('the lease has ended', 'AbortError');
    }),
  });
  const { body } = await resolveResponse({
    router,
    req: new Request('http://gateway/stream', { headers: { accept: 'text/event-stream' } }),
    path: 'stream',
    error: null,
    createContext: async () => ({}) as CallContext,
  });
  if (body === null) throw new Error('there is no body');
  const frames = createStreamFrames().merge(body);
  const decoder = new TextDecoder();
  let text = '';
  const take = async () => {
    const { value, done } = await frames.next();
    if (value !== undefined) text += typeof value === 'string' ? value : decoder.decode(value);
    return done;
  };
  await take();
  // As far as what lies between takes it, unasked: each of the turns would tell of a failure that nobody has heard.
  for (let turn = 0; turn < TURNS; turn += 1) await setImmediate();
  while (!(await take()));
  await failed.promise;
  expect([...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id)).toEqual(['0', '1', '2']);
  expect(text).not.toContain('return');
});

test('a stream in which nothing happens is pinged, between its events alone', async () => {
  const told = Promise.withResolvers<Uint8Array>();
  async function* give() {
    yield Buffer.from('data: 1');
    yield await told.promise;
    await new Promise(() => {});
  }
  const frames = createStreamFrames({ pingMs: 1 });
  const merged = frames.merge(give());
  const take = async () => String((await merged.next()).value);
  expect(await take()).toBe('data: 1');
  const rest = take();
  await setImmediate();
  frames.tellCursor('c');
  told.resolve(Buffer.from('0\n\n'));
  expect(await rest).toBe('0\n\n');
  expect(await take()).toBe('event: heartbeat\ndata: \nid: c\n\n');
  expect(await take()).toBe('event: ping\ndata: \n\n');
  expect(await take()).toBe('event: ping\ndata: \n\n');
});
