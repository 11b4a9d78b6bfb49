// nginx with a configuration of a test's own, where the machine has it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Null where it is not installed. */
export function findNginx(): string | null {
  return ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/bin/nginx'].find(existsSync) ?? null;
}

/**
 * Starts it in front of `servers`, which stands in its `http` block, on the port that replaces 80 there.
 * It keeps to one folder, and takes the place of no other nginx.
 */
export async function startNginx(nginx: string, servers: string): Promise<AsyncDisposable & { readonly url: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'gateway-nginx-'));
  const port = await findFreePort();
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(directory, kind)};`,
  );
  const listening = servers.replace('listen 80;', `listen 127.0.0.1:${port};`);
  const config = [
    'daemon off; master_process off; error_log stderr notice;',
    `pid ${join(directory, 'pid')}; events {}`,
    `http { access_log off; ${paths.join(' ')}\n${listening} }`,
  ];
  await writeFile(join(directory, 'nginx.conf'), config.join('\n'));
  const child = spawn(nginx, ['-p', directory, '-e', 'stderr', '-c', join(directory, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  let said = '';
  const started = Promise.withResolvers<void>();
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-4000);
    if (said.includes('using the')) started.resolve();
  });
  child.once('exit', () => started.reject(new Error(`nginx ended:\n${said}`)));
  const dispose = async () => {
    child.kill('SIGTERM');
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await started.promise;
  } catch (error) {
    await dispose();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: dispose };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a listening server has no port');
  return address.port;
}
