import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { receive } from '../../src/http/receive.ts';

const PATIENT = { idleMs: 10_000, minBytesPerSecond: 1 };

/** A request in mid-air: its head has been received, its body is what the test sends. */
async function openRequest(head: string) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket: Socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n`);
  const [request] = (await once(server, 'request')) as [IncomingMessage];
  return {
    request,
    socket,
    async [Symbol.asyncDispose]() {
      socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function collect(request: IncomingMessage, patience = PATIENT): Promise<string> {
  let text = '';
  for await (const piece of receive(request, patience)) text += Buffer.from(piece).toString();
  return text;
}

test('gives a body whole, however it arrives', async () => {
  await using exchange = await openRequest('Content-Length: 6');
  const text = collect(exchange.request);
  for (const letter of 'abcdef') exchange.socket.write(letter);
  expect(await text).toBe('abcdef');
});

test('gives a chunked body whole', async () => {
  await using exchange = await openRequest('Transfer-Encoding: chunked');
  const text = collect(exchange.request);
  exchange.socket.write('3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n');
  expect(await text).toBe('abcdef');
});

test('gives nothing for an empty body', async () => {
  await using exchange = await openRequest('Content-Length: 0');
  expect(await collect(exchange.request)).toBe('');
});

test('refuses a sender that hangs up midway', async () => {
  await using exchange = await openRequest('Content-Length: 6');
  const text = collect(exchange.request);
  exchange.socket.write('abc', () => exchange.socket.destroy());
  await expect(text).rejects.toMatchObject({
    code: 'malformed_request',
    message: expect.stringMatching(/closed before/),
  });
});

test('refuses a sender that stalls', async () => {
  await using exchange = await openRequest('Content-Length: 6');
  const text = collect(exchange.request, { idleMs: 20, minBytesPerSecond: 1 });
  exchange.socket.write('abc');
  await expect(text).rejects.toMatchObject({ code: 'malformed_request', message: expect.stringMatching(/no bytes/) });
});

test('refuses a sender that trickles', async () => {
  await using exchange = await openRequest('Content-Length: 1000');
  const text = collect(exchange.request, { idleMs: 40, minBytesPerSecond: 1_000_000 });
  const timer = setInterval(() => exchange.socket.write('a'), 5);
  await expect(text.finally(() => clearInterval(timer))).rejects.toMatchObject({
    code: 'malformed_request',
    message: expect.stringMatching(/slower than/),
  });
});

test('leaves the rest unread when its reader stops', async () => {
  await using exchange = await openRequest('Content-Length: 1000000');
  exchange.socket.write('a'.repeat(1000));
  for await (const _piece of receive(exchange.request, PATIENT)) break;
  expect(exchange.request.destroyed).toBe(false);
  expect(exchange.request.listenerCount('readable')).toBe(0);
});
