import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, inject, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { putFile } from '../support/transports/downloading.ts';

/** More than the store's client had sockets for in all. */
const SLOW_READERS = 70;
/** More than the sockets between a reader and the store hold. */
const CONTENT_BYTES = 32 * 1024 * 1024;

test('readers of one account that take their time leave the store to another account', async () => {
  const server = inject('s3Servers').find(({ faithful }) => faithful) ?? inject('s3Servers')[0];
  if (server === undefined) throw new Error('no S3 server runs here');
  process.env.AWS_REGION = 'us-east-1';
  process.env.AWS_ENDPOINT_URL_S3 = server.endpoint;
  process.env.AWS_ACCESS_KEY_ID = server.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = server.secretAccessKey;
  await using gateway = await startGateway({ S3_BUCKET: `test-${randomUUID()}`, S3_FORCE_PATH_STYLE: 'true' });
  const { id } = await putFile(gateway, Buffer.alloc(CONTENT_BYTES));
  const authorization = `Bearer ${await gateway.token()}`;
  const { hostname, port } = new URL(gateway.url);
  const read = async () => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(`GET /v1/resources/${id}/content HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n\r\n`);
    return socket;
  };
  const readers = await Promise.all(Array.from({ length: SLOW_READERS }, read));
  try {
    await Promise.all(readers.slice(0, 60).map((socket) => once(socket, 'readable')));
    const other = { authorization: `Bearer ${await gateway.token({ account: 'other' })}` };
    const form = new FormData();
    form.set('name', 'small.bin');
    form.set('directory_path', '/');
    form.set('file', new Blob([Buffer.alloc(200_000)]));
    const created = await fetch(`${gateway.url}/v1/resources`, { method: 'POST', headers: other, body: form });
    const { id: small } = (await created.json()) as { id: string };
    const answer = await fetch(`${gateway.url}/v1/resources/${small}/content`, { headers: other });
    expect(answer.status).toBe(200);
    expect((await answer.arrayBuffer()).byteLength).toBe(200_000);
  } finally {
    for (const socket of readers) socket.destroy();
  }
});
