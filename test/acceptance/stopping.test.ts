import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';

/** A create whose body is held back by the test. */
async function openCreate(url: string, token: string) {
  const body = JSON.stringify({ name: 'late', directory_path: '/', content: 'data:text/plain;base64,SGVsbG8=' });
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const head = `Authorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  socket.write(`POST /v1/resources HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n${body.slice(0, 10)}`);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  const closed = once(socket, 'close');
  return { socket, finish: () => socket.write(body.slice(10)), answer: () => closed.then(() => answer) };
}

test('a stopping gateway finishes what it has begun, takes nothing new, and ends with 0', async () => {
  await using gateway = await spawnGateway();
  const late = await openCreate(gateway.url, await gateway.token());
  // The request is known to be inside once its own log line could only come later: a second request has been answered.
  await fetch(`${gateway.url}/healthz`);
  const stopped = gateway.stop('SIGTERM');
  await expect.poll(() => gateway.output()).toContain('"msg":"stopping"');
  await expect
    .poll(() =>
      fetch(`${gateway.url}/healthz`).then(
        () => 'open',
        () => 'closed',
      ),
    )
    .toBe('closed');
  late.finish();
  expect(await late.answer()).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(await stopped).toBe(0);
});

test('a refused create with a body that keeps coming still gets its answer', async () => {
  await using gateway = await spawnGateway();
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write('POST /v1/resources HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000000\r\n\r\n');
  const piece = Buffer.alloc(256 * 1024);
  const send = () => {
    while (socket.writable && socket.write(piece));
  };
  socket.on('drain', send);
  send();
  // The write that finds the connection closed fails after the answer, so its error must not hide what was read before.
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  await new Promise((resolve) => socket.on('close', resolve));
  expect(answer).toMatch(/^HTTP\/1\.1 401 [\s\S]*\{"error":".+"\}$/);
});
