// The least that a download can be in Node: a file is read into buffers that are used again, and written. No database, no
// token, no framework, and nothing is hashed or kept. Its one argument is its folder; `/1000-3` is the fourth of 1,000 bytes.
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { closeFile, openFile, readInto } from '../../src/storage/directory/file-calls.ts';
import { toContentPieces } from '../client/contents.ts';

const directory = process.argv[2] ?? '.';
const PIECE_BYTES = 512 * 1024;
const spare: Buffer[] = [];

async function provide(name: string): Promise<number> {
  const path = join(directory, name);
  const [sizeBytes = 0, serial = 0] = name.split('-').map(Number);
  const found = await stat(path).catch(() => null);
  if (found === null) await writeFile(path, toContentPieces({ serial, sizeBytes }), { flush: true });
  return sizeBytes;
}

function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve).write(bytes, () => {
      response.off('close', resolve);
      resolve();
    });
  });
}

const server = createServer(async (request, response) => {
  const name = request.url?.slice(1) ?? '';
  const sizeBytes = await provide(name);
  const descriptor = await openFile(join(directory, name), 'r');
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': sizeBytes });
  async function read(at: number): Promise<Buffer> {
    const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
    return buffer.subarray(0, await readInto(descriptor, buffer, at));
  }
  // While a piece is being written the next is read.
  let next = read(0);
  for (let at = 0; at < sizeBytes && !response.destroyed; ) {
    const piece = await next;
    at += piece.length;
    next = at < sizeBytes ? read(at) : Promise.resolve(piece);
    await write(response, piece);
    if (at < sizeBytes) spare.push(Buffer.from(piece.buffer));
  }
  spare.push(Buffer.from((await next).buffer));
  await closeFile(descriptor);
  response.end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`${JSON.stringify({ address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
process.on('SIGTERM', () => process.exit(0));
