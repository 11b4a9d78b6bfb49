// The baseline of uploads in pieces: tus's own server with its own store of files, as its README has it. It knows no token,
// writes no record, computes no sha256 and syncs nothing. Its one argument is its settings as JSON.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';

const { directory } = JSON.parse(process.argv[2] ?? '{}');
const tus = new Server({ path: '/v1/tus', datastore: new FileStore({ directory }) });
const server = createServer((request, response) => void tus.handle(request, response));
await once(server.listen(0, '127.0.0.1'), 'listening');
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;
process.stdout.write(`${JSON.stringify({ address: `http://127.0.0.1:${port}` })}\n`);
process.on('SIGTERM', () => process.exit(0));
