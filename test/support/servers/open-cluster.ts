// The data directory of a gateway that no longer runs, opened by a server of our own. Imports nothing of the source.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtempDisposable, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { findPrograms, type RunAs } from './postgres-binaries.ts';

const ATTEMPTS = 100;
const PAUSE_MS = 100;
/** What the server says while another one, which has lost its gateway, is still shutting down. */
const IS_IN_USE = /lock file|shared memory block/;

/** Disposing it shuts the server down. */
export async function openCluster(directory: string): Promise<AsyncDisposable & { readonly url: string }> {
  const { uid, gid } = await stat(directory);
  const runAs = process.getuid?.() === 0 ? { uid, gid } : {};
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await mkdtempDisposable('/tmp/gateway-programs-'));
  await chmod(folder.path, 0o755);
  const { postgres } = await findPrograms(runAs, folder.path);
  for (let attempt = 1; ; attempt += 1) {
    const said: string[] = [];
    const server = await start(directory, { postgres, runAs, said });
    if (server !== null) {
      opened.defer(async () => {
        const exited = once(server, 'exit');
        server.kill('SIGINT');
        await exited;
      });
      const running = opened.move();
      const url = `postgres://postgres@${encodeURIComponent(directory)}/postgres`;
      return { url, [Symbol.asyncDispose]: () => running.disposeAsync() };
    }
    if (attempt === ATTEMPTS || !IS_IN_USE.test(said.join('\n'))) throw new Error(said.join('\n'));
    await pause(PAUSE_MS);
  }
}

type StartOptions = { readonly postgres: string; readonly runAs: RunAs; readonly said: string[] };

/** @returns null when it ends before it is ready */
async function start(directory: string, { postgres, runAs, said }: StartOptions) {
  // The other user may not be let through the folders above, and needs no name for where it stands.
  const place = process.platform === 'linux' ? '/proc/self/cwd' : directory;
  const child = spawn(postgres, ['-D', place, '-k', '.', '-c', 'listen_addresses='], {
    ...runAs,
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const isReady = Promise.withResolvers<boolean>();
  createInterface(child.stderr).on('line', (line) => {
    said.push(line);
    if (line.includes('ready to accept connections')) isReady.resolve(true);
  });
  child.once('exit', () => isReady.resolve(false));
  return (await isReady.promise) ? child : null;
}
