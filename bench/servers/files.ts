// nginx with files of given sizes: what a machine serves when there is nothing to look up and nobody to know.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findNginx, startNginx } from '../../test/support/servers/nginx.ts';
import { toContentPieces } from '../client/contents.ts';

export type FileServer = AsyncDisposable & {
  readonly url: URL;
  /** The paths of `count` files of this size, made when first asked for. */
  provide(files: { readonly count: number; readonly sizeBytes: number }): Promise<readonly string[]>;
};

/** Starts it over a new folder in `directory`, as distributions configure it, but without a log; null where it is not installed. */
export async function startFileServer(directory: string): Promise<FileServer | null> {
  const nginx = findNginx();
  if (nginx === null) return null;
  const root = join(directory, 'nginx-files');
  await mkdir(root, { recursive: true });
  const server = await startNginx(
    nginx,
    `sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type text/plain;
     server { listen 80; root ${root}; }`,
  );
  return {
    url: new URL(server.url),
    async provide({ count, sizeBytes }) {
      const names = Array.from({ length: count }, (_, serial) => `${sizeBytes}-${serial}.txt`);
      for (const [serial, name] of names.entries()) {
        await writeFile(join(root, name), toContentPieces({ serial, sizeBytes }), { flush: true });
      }
      return names.map((name) => `/${name}`);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
