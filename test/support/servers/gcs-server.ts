// A small Google Cloud Storage: the JSON API's media path with its validation headers, and nothing else of it.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type GcsServer = AsyncDisposable & {
  /** As STORAGE_EMULATOR_HOST would hold it. */
  readonly host: string;
  /** Paths that were asked for, as they came. */
  readonly paths: readonly string[];
  readonly authorizations: readonly (string | undefined)[];
};

/** Serves `objects` (`bucket/name`, newest generation last) on a free port of 127.0.0.1. */
export async function openGcsServer(objects: { readonly [path: string]: readonly string[] }): Promise<GcsServer> {
  const paths: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    authorizations.push(request.headers.authorization);
    const url = new URL(request.url ?? '', 'http://gcs');
    const [, bucket = '', name = ''] = /^\/storage\/v1\/b\/([^/]+)\/o\/([^/]+)$/.exec(url.pathname) ?? [];
    const generations = objects[`${bucket}/${decodeURIComponent(name)}`] ?? [];
    const generation = Number(url.searchParams.get('generation') ?? generations.length);
    const text = generations[generation - 1];
    if (text === undefined || url.searchParams.get('alt') !== 'media') return void response.writeHead(404).end('{}');
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'x-goog-generation': generation,
      'x-goog-hash': `md5=${createHash('md5').update(text).digest('base64')}`,
      'x-goog-stored-content-encoding': 'identity',
    });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    authorizations,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
