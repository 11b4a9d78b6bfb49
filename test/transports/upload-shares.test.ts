import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { readMetrics } from '../support/transports/observing.ts';

/** More than one process takes in at once. */
const TRICKLING = 260;
const HEAD =
  '--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

/** A form whose file never ends. */
async function beginUpload(token: string): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const fields = [
    'POST /v1/resources HTTP/1.1',
    `Host: ${hostname}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: multipart/form-data; boundary=x',
    'Content-Length: 10000000',
  ];
  socket.write(`${fields.join('\r\n')}\r\n\r\n${HEAD}begun`);
  return socket;
}

async function upload(token: string): Promise<Response> {
  const form = new FormData();
  form.set('name', 'a.bin');
  form.set('directory_path', '/');
  form.set('file', new Blob([Buffer.alloc(200_000)]), 'a.bin');
  return await fetch(`${gateway.url}/v1/resources`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
}

test('the uploads of one account that do not end leave another account its own', async () => {
  const greedy = await gateway.token({ account: 'greedy' });
  const sockets = await Promise.all(Array.from({ length: TRICKLING }, () => beginUpload(greedy)));
  try {
    const slots = async (what: string) => (await readMetrics(gateway)).get(`gateway_slots_${what}{slots="streams"}`);
    await expect.poll(() => slots('in_use'), { timeout: 10_000 }).toBe(64);
    const asked = upload(greedy);
    await expect.poll(() => slots('waiting'), { timeout: 10_000 }).toBeGreaterThan(0);
    const full = await asked;
    expect(full.status).toBe(500);
    // An account has a quarter of them at most.
    expect([await slots('in_use'), await slots('max')]).toEqual([64, 256]);
    expect(full.headers.get('retry-after')).toBe('5');
    expect(await full.json()).toEqual({
      error: 'too many uploads are on their way at once; try again in 5 seconds',
    });
    expect((await upload(await gateway.token({ account: 'other' }))).status).toBe(200);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});
