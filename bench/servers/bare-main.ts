// The least that a create of a large content can be in Node: receive, decode, hash, write, sync. No database, no token,
// no schema, no framework; past the page cache where that works, as the gateway writes. Its one argument is its folder.
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { allocateAligned, cutTo, openDirect, takesDirect, writeDirect } from '../../src/storage/directory/direct-io.ts';
import { closeFile, openFile, syncFile, writeAll } from '../../src/storage/directory/file-calls.ts';

const directory = process.argv[2] ?? '.';
const BLOCK_BYTES = 4096;
const MAX_SPARE = 16;
const spare: Buffer[] = [];

const probe = join(directory, 'probe');
const isDirect = await takesDirect(probe);
await unlink(probe).catch(() => {});

/** The whole body in a buffer that is used again. */
async function receive(request: IncomingMessage): Promise<Buffer> {
  const length = Number(request.headers['content-length']);
  const taken = spare.pop();
  const body = taken !== undefined && taken.length >= length ? taken : allocateAligned(roundUp(length));
  let at = 0;
  for await (const piece of request) at += (piece as Buffer).copy(body, at);
  return body.subarray(0, length);
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/** Into the same memory: what is decoded is shorter than what it is decoded from, and begins a page. */
function decode(body: Buffer): Buffer {
  const start = body.indexOf('base64,') + 'base64,'.length;
  const base64 = body.toString('latin1', start, body.indexOf('"', start));
  const whole = Buffer.from(body.buffer, 0, roundUp(body.length));
  return whole.subarray(0, whole.write(base64, 0, 'base64'));
}

async function store(bytes: Buffer): Promise<void> {
  const path = join(directory, randomUUID());
  const descriptor = isDirect ? await openDirect(path) : await openFile(path, 'wx', 0o600);
  await (isDirect ? writeDirect : writeAll)(descriptor, bytes, 0);
  if (isDirect) await cutTo(descriptor, bytes.length);
  await syncFile(descriptor);
  await closeFile(descriptor);
}

const server = createServer(async (request, response) => {
  const body = await receive(request);
  const bytes = decode(body);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await store(bytes);
  const answer = `{"sha256":"${sha256}","size_bytes":${bytes.length},"name":null}`;
  if (spare.length < MAX_SPARE) spare.push(Buffer.from(body.buffer, 0));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`${JSON.stringify({ address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
process.on('SIGTERM', () => process.exit(0));
