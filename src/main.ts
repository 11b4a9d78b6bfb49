// Reads the configuration and serves, in one process or in several; nothing else.
import cluster from 'node:cluster';
import { ConfigError, loadConfig } from './config.ts';
import { serve } from './serve.ts';
import { leadWorkers } from './workers.ts';

/** Every fsync holds a thread of libuv's pool, whose four are too few for a server. Read when the pool is first used. */
const THREADS = '16';

async function main(): Promise<void> {
  process.env.UV_THREADPOOL_SIZE ??= THREADS;
  const config = loadConfig(process.env);
  if (config.workers === 1 || cluster.isWorker) return await serve(config);
  return leadWorkers(config.workers, (what) => void process.stderr.write(`${what}\n`));
}

main().catch((error) => {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `Cannot start: ${error?.message}\n${error?.stack}`}\n`,
  );
  process.exit(1);
});
