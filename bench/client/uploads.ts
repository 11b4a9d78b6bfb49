// Uploads by tus: begun with one request, sent with as many as the size of a piece makes.
import { openConnection, type WireRequest } from './connection.ts';
import { toContentPieces } from './contents.ts';
import { takeSerial } from './creates.ts';

export type TusUpload = {
  readonly url: URL;
  readonly token: string;
  readonly sizeBytes: number;
  /** Of each `PATCH` but the last. */
  readonly pieceBytes: number;
};

/**
 * One upload of a new content, to its end, on a connection of its own.
 * @throws at the first answer that says something else
 */
export async function runTusUpload({ url, token, sizeBytes, pieceBytes }: TusUpload): Promise<{ tookMs: number }> {
  using client = await openConnection(url);
  const startedMs = performance.now();
  const path = await begin({ url, token, sizeBytes });
  for (let offset = 0; offset < sizeBytes; offset += pieceBytes) {
    const length = Math.min(pieceBytes, sizeBytes - offset);
    const { status, body } = await client.ask(piece({ path, token, offset, length }));
    if (status !== 204) throw new Error(`a piece at ${offset} was answered ${status}: ${body.slice(0, 500)}`);
  }
  return { tookMs: performance.now() - startedMs };
}

async function begin({ url, token, sizeBytes }: Omit<TusUpload, 'pieceBytes'>): Promise<string> {
  const metadata = { name: `bench-${takeSerial()}.txt`, directory_path: '/bench', filetype: 'text/plain' };
  const encoded = Object.entries(metadata).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`);
  const headers = {
    authorization: `Bearer ${token}`,
    'tus-resumable': '1.0.0',
    'upload-length': String(sizeBytes),
    'upload-metadata': encoded.join(),
  };
  const answer = await fetch(new URL('/v1/tus', url), { method: 'POST', headers });
  const location = answer.headers.get('location');
  if (answer.status !== 201 || location === null) throw new Error(`an upload was answered ${answer.status}`);
  return new URL(location, url).pathname;
}

type Piece = { readonly path: string; readonly token: string; readonly offset: number; readonly length: number };

function* piece({ path, token, offset, length }: Piece): WireRequest {
  yield `PATCH ${path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${token}\r\nTus-Resumable: 1.0.0\r\n` +
    `Content-Type: application/offset+octet-stream\r\nUpload-Offset: ${offset}\r\nContent-Length: ${length}\r\n\r\n`;
  yield* toContentPieces({ serial: takeSerial(), sizeBytes: length });
}
