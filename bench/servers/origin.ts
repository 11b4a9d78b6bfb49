// An http origin on the loopback that the gateway fetches from: a process of its own, as the gateway is.
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnServer } from './server-process.ts';

export type Origin = AsyncDisposable & {
  /** As an operator allows it: host and port. */
  readonly host: string;
  /** Where a content of this size and serial is. */
  toUri(content: { readonly serial: number; readonly sizeBytes: number }): string;
};

/** @param directory where its log may go */
export async function startOrigin(directory: string): Promise<Origin> {
  const place = await mkdtemp(join(directory, 'origin-'));
  const server = await spawnServer({ script: 'bench/servers/origin-main.ts', env: {}, directory: place });
  return {
    host: server.url.host,
    toUri: ({ serial, sizeBytes }) => new URL(`/file?serial=${serial}&size=${sizeBytes}`, server.url).href,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
