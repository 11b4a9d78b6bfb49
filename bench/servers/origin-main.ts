// Runs the origin, and says where it listens in the way that the gateway does.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { toContentPieces } from '../client/contents.ts';

const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://origin');
  const sizeBytes = Number(searchParams.get('size'));
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': sizeBytes });
  const pieces = toContentPieces({ serial: Number(searchParams.get('serial')), sizeBytes });
  // Whoever fetched sees by itself that the rest is missing.
  pipeline(Readable.from(pieces), response).catch(() => {});
}).listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`${JSON.stringify({ address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
process.on('SIGTERM', () => process.exit(0));
