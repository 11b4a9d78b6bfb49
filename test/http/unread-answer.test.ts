import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import type { RequestEvent } from '../../src/http/request-events.ts';
import { createServer } from '../../src/http/server.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';

/** More than the sockets of the system hold. */
const ANSWER = { items: Array.from({ length: 64 }, () => 'x'.repeat(1024 * 1024)) };

test('a client that reads nothing of an answer loses its connection, and one that does gets all of it', async () => {
  const events: RequestEvent[] = [];
  const { logger } = createTelemetry({ logLevel: 'silent' });
  const server = createServer({
    logger,
    trustProxy: null,
    readerIdleMs: 2_000,
    onRequestStarted: () => {},
    onRequestDone: (event) => events.push(event),
  });
  server.get('/', async () => ANSWER);
  await server.listen({ port: 0, host: '127.0.0.1' });
  await using _closing = { [Symbol.asyncDispose]: () => server.close() };
  const { port } = server.server.address() as AddressInfo;

  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => {}).pause();
  socket.write('GET / HTTP/1.1\r\nHost: gateway\r\n\r\n');
  await expect.poll(() => events, { timeout: 20_000 }).toMatchObject([{ status: 200, aborted: true }]);
  socket.destroy();

  expect(await (await fetch(`http://127.0.0.1:${port}/`)).json()).toEqual(ANSWER);
});
