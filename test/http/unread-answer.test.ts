import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import type { ReaderPatience } from '../../src/http/reader-patience.ts';
import type { RequestEvent } from '../../src/http/request-events.ts';
import { createServer } from '../../src/http/server.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';

/** More than the sockets of the system hold. */
const ANSWER = { items: Array.from({ length: 64 }, () => 'x'.repeat(1024 * 1024)) };

/** A server that answers so. */
async function serve(readerPatience: ReaderPatience) {
  const events: RequestEvent[] = [];
  const { logger } = createTelemetry({ logLevel: 'silent' });
  const server = createServer({
    logger,
    trustProxy: null,
    readerPatience,
    onRequestStarted: () => {},
    onRequestDone: (event) => events.push(event),
  });
  server.get('/', async () => ANSWER);
  await server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.address() as AddressInfo;
  return { port, events, [Symbol.asyncDispose]: () => server.close() };
}

async function ask(port: number) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => {}).pause();
  socket.write('GET / HTTP/1.1\r\nHost: gateway\r\n\r\n');
  return socket;
}

test('a client that reads nothing of an answer loses its connection, and one that does gets all of it', async () => {
  await using server = await serve({ idleMs: 300, minBytesPerSecond: 1 });
  const socket = await ask(server.port);
  await expect.poll(() => server.events, { timeout: 20_000 }).toMatchObject([{ status: 200, aborted: true }]);
  socket.destroy();

  await using patient = await serve({ idleMs: 60_000, minBytesPerSecond: 100_000 });
  expect(await (await fetch(`http://127.0.0.1:${patient.port}/`)).json()).toEqual(ANSWER);
});

test('a client that reads nothing is not waited for much longer than said', async () => {
  const idleMs = 3_000;
  await using server = await serve({ idleMs, minBytesPerSecond: 1 });
  // Nothing is ever written here, which Node times without fail.
  await using other = await serve({ idleMs: 1.9 * idleMs, minBytesPerSecond: 1 });
  const socket = await ask(server.port);
  const reference = connect(other.port, '127.0.0.1');
  await once(reference.resume(), 'close');
  expect(server.events).toMatchObject([{ status: 200, aborted: true }]);
  socket.destroy();
});

test('a client that trickles loses its connection, although it is never idle', async () => {
  await using server = await serve({ idleMs: 1_000, minBytesPerSecond: 1024 * 1024 * 1024 });
  const socket = await ask(server.port);
  // A little of it at a time, many times within what counts as idle.
  const timer = setInterval(() => socket.read(128 * 1024), 20);
  try {
    await expect.poll(() => server.events, { timeout: 20_000 }).toMatchObject([{ status: 200, aborted: true }]);
  } finally {
    clearInterval(timer);
    socket.destroy();
  }
});
