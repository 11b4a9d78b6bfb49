import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { ByteStream } from '../../src/domain/flow/stream.ts';
import { signalOf } from '../../src/http/caller.ts';
import { createReaderWatch, type ReaderPatience } from '../../src/http/reader-patience.ts';
import type { RequestEvent } from '../../src/http/request-events.ts';
import { openBody } from '../../src/http/send-bytes.ts';
import { createServer } from '../../src/http/server.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';

const PIECE_BYTES = 256 * 1024;
const ENDLESS = Number.POSITIVE_INFINITY;
const PATIENT = { idleMs: 60_000, minBytesPerSecond: 1 };

/** Bytes without an end, and what became of them. */
function createSource(pieceBytes = PIECE_BYTES) {
  const state = { piecesGiven: 0, ended: false };
  async function* bytes(): ByteStream {
    try {
      for (;;) {
        state.piecesGiven += 1;
        yield Buffer.alloc(pieceBytes);
      }
    } finally {
      state.ended = true;
    }
  }
  return { state, bytes };
}

/** A server that answers everything with `bytes`. */
async function serve(
  bytes: () => ByteStream,
  { sizeBytes, ...patience }: Partial<ReaderPatience> & { readonly sizeBytes: number },
) {
  const events: RequestEvent[] = [];
  const readerPatience = { ...PATIENT, ...patience };
  const readers = createReaderWatch(readerPatience);
  const { logger } = createTelemetry({ logLevel: 'silent' });
  const server = createServer({
    logger,
    trustProxy: null,
    readerPatience,
    onRequestStarted: () => {},
    onRequestDone: (event) => events.push(event),
  });
  server.get('/', async (request, reply) => {
    if (Number.isFinite(sizeBytes)) reply.header('content-length', sizeBytes);
    const body = await openBody(bytes(), { exchange: { request, reply }, signal: signalOf(reply), readers, sizeBytes });
    return body.send();
  });
  await server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.address() as AddressInfo;
  return { port, events, [Symbol.asyncDispose]: () => server.close() };
}

/** A client that asks and then reads nothing. */
async function askWithoutReading(port: number) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: gateway\r\n\r\n');
  socket.on('error', () => {});
  return socket;
}

test('asks for no more than fits on the way while nobody reads, and cuts off who stalls', async () => {
  const { state, bytes } = createSource();
  await using server = await serve(bytes, { idleMs: 300, sizeBytes: ENDLESS });
  const socket = await askWithoutReading(server.port);
  await expect.poll(() => state.ended).toBe(true);
  // What the sockets of the system hold, a few MiB, and never more.
  expect(state.piecesGiven * PIECE_BYTES).toBeLessThan(32 * 1024 * 1024);
  await expect.poll(() => server.events).toMatchObject([{ aborted: true }]);
  socket.destroy();
});

/** Reads what has come now and then, without a pause that counts as one. */
function trickle(socket: Socket) {
  const timer = setInterval(() => socket.read(), 20);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

test('cuts off who trickles, however steadily, and not who is fast enough on average', async () => {
  const [slow, fast] = [createSource(16 * 1024), createSource(16 * 1024)];
  const patience = { sizeBytes: ENDLESS, idleMs: 2_000 };
  await using strict = await serve(slow.bytes, { ...patience, minBytesPerSecond: 1024 ** 3 });
  await using lenient = await serve(fast.bytes, { ...patience, minBytesPerSecond: 1 });
  const sockets = [await askWithoutReading(strict.port), await askWithoutReading(lenient.port)];
  using _reading = new DisposableStack();
  for (const socket of sockets) _reading.use(trickle(socket));
  await expect.poll(() => slow.state.ended, { timeout: 20_000 }).toBe(true);
  await expect.poll(() => strict.events).toMatchObject([{ aborted: true }]);
  expect(fast.state.ended).toBe(false);
  for (const socket of sockets) socket.destroy();
});

test('ends its source when the client leaves', async () => {
  const { state, bytes } = createSource();
  await using server = await serve(bytes, { idleMs: 60_000, sizeBytes: ENDLESS });
  const socket = await askWithoutReading(server.port);
  await expect.poll(() => state.piecesGiven).toBeGreaterThan(0);
  expect(state.ended).toBe(false);
  socket.destroy();
  await expect.poll(() => state.ended).toBe(true);
  await expect.poll(() => server.events).toMatchObject([{ status: 200, aborted: true }]);
  expect(server.events[0]?.err).toBeUndefined();
});

test('cuts the answer off when the source breaks, and tells the log why', async () => {
  const broken = new Error('the disk is gone');
  async function* bytes(): ByteStream {
    yield Buffer.alloc(PIECE_BYTES);
    throw broken;
  }
  await using server = await serve(bytes, { idleMs: 60_000, sizeBytes: ENDLESS });
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  await expect(response.arrayBuffer()).rejects.toThrow('terminated');
  await expect.poll(() => server.events).toMatchObject([{ errorCode: 'internal', err: broken }]);
});

test('does not call a client gone that has every byte and hangs up before the source ends', async () => {
  const { promise: ending, resolve: end } = Promise.withResolvers<void>();
  async function* bytes(): ByteStream {
    yield Buffer.alloc(PIECE_BYTES);
    await ending;
  }
  await using server = await serve(bytes, { idleMs: 60_000, sizeBytes: PIECE_BYTES });
  const socket = connect(server.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: gateway\r\n\r\n');
  const pieces: Buffer[] = [];
  for await (const piece of socket) {
    pieces.push(piece);
    const received = Buffer.concat(pieces);
    if (received.length === received.indexOf('\r\n\r\n') + 4 + PIECE_BYTES) break;
  }
  await expect.poll(() => server.events).toMatchObject([{ aborted: false }]);
  end();
});
