import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type ReceiveOptions, receive } from '../../../src/http/body/receive.ts';

const PATIENT = { idleMs: 10_000, minBytesPerSecond: 1 };
const AS_THEY_COME = { ...PATIENT, borrowedAfterBytes: Number.POSITIVE_INFINITY };

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

async function collect(request: IncomingMessage, options: Partial<ReceiveOptions> = {}): Promise<string> {
  let text = '';
  for await (const piece of receive(request, { ...AS_THEY_COME, ...options })) text += Buffer.from(piece).toString();
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
  for await (const _piece of receive(exchange.request, AS_THEY_COME)) break;
  expect(exchange.request.destroyed).toBe(false);
  expect(exchange.request.listenerCount('data')).toBe(0);
});

describe('beyond the bytes that are passed on as they come', () => {
  const BORROWING = { ...PATIENT, borrowedAfterBytes: 0 };

  test('few large pieces arrive in one buffer that is used again', async () => {
    const body = randomBytes(5_000_000);
    await using exchange = await openRequest(`Content-Length: ${body.length}`);
    exchange.socket.write(body);
    const hash = createHash('sha256');
    const memories = new Set<unknown>();
    let pieces = 0;
    for await (const piece of receive(exchange.request, BORROWING)) {
      hash.update(piece);
      if (piece.length > 65_536) memories.add(piece.buffer);
      pieces += 1;
    }
    expect(hash.digest('hex')).toBe(createHash('sha256').update(body).digest('hex'));
    expect(memories.size).toBe(1);
    expect(pieces).toBeLessThan(5_000_000 / 65_536);
  });

  test('what a pausing sender has sent is passed on before it goes on', async () => {
    await using exchange = await openRequest('Content-Length: 6');
    const pieces = receive(exchange.request, BORROWING)[Symbol.asyncIterator]();
    exchange.socket.write('abc');
    expect(String((await pieces.next()).value)).toBe('abc');
    exchange.socket.write('def');
    expect(String((await pieces.next()).value)).toBe('def');
    expect((await pieces.next()).done).toBe(true);
  });

  test('a sender that trickles without a pause is not taken for one that stalls', async () => {
    await using exchange = await openRequest('Content-Length: 400');
    const text = collect(exchange.request, { ...BORROWING, idleMs: 500 });
    let sent = 0;
    const timer = setInterval(() => {
      if (sent < 400) exchange.socket.write('a');
      sent += 1;
    }, 2);
    expect(await text.finally(() => clearInterval(timer))).toHaveLength(400);
  });

  test('more bodies than there are large buffers all arrive', async () => {
    await using opened = new AsyncDisposableStack();
    const exchanges = await Promise.all(Array.from({ length: 40 }, () => openRequest('Content-Length: 100000')));
    for (const exchange of exchanges) opened.use(exchange);
    const texts = exchanges.map(({ request }) => collect(request, BORROWING));
    for (const { socket } of exchanges) socket.write('a'.repeat(50_000));
    for (const { socket } of exchanges) socket.write('b'.repeat(50_000));
    for (const text of texts) expect(await text).toBe('a'.repeat(50_000) + 'b'.repeat(50_000));
  });
});
