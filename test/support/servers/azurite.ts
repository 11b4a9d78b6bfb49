// Azurite's blob service, where a machine has it: an executable named `azurite-blob` on the PATH.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

export const hasAzurite = (process.env.PATH ?? '')
  .split(delimiter)
  .some((folder) => existsSync(join(folder, 'azurite-blob')));

export type Azurite = AsyncDisposable & {
  readonly connectionString: string;
  readonly endpoint: string;
  readonly key: string;
};

/** The account that azurite always has, with its documented key. */
export const AZURITE_ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts azurite in memory and waits for its own word that it listens. */
export async function openAzurite(): Promise<Azurite> {
  const port = await findFreePort();
  const flags = ['--inMemoryPersistence', '--blobHost', '127.0.0.1', '--blobPort', String(port)];
  const child = spawn('azurite-blob', [...flags, '--disableTelemetry', '--skipApiVersionCheck'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of child.stdout.iterator({ destroyOnReturn: false })) {
    if (String(line).includes('successfully listen')) break;
  }
  child.stdout.resume();
  const endpoint = `http://127.0.0.1:${port}/${AZURITE_ACCOUNT}`;
  return {
    endpoint,
    key: KEY,
    connectionString: `AccountName=${AZURITE_ACCOUNT};AccountKey=${KEY};BlobEndpoint=${endpoint};`,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}
