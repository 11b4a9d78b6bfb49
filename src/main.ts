// Reads the configuration and serves, in one process or in several; nothing else.
import cluster from 'node:cluster';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig } from './config.ts';
import { OtherStoreError } from './domain/maintenance/own-store.ts';
import { serve } from './serve.ts';
import { leadWorkers } from './workers.ts';

/** Every fsync holds a thread of libuv's pool, whose four are too few for a server. Read when the pool is first used. */
const THREADS = '16';

const HELP = `Serves the gateway until it is told to stop (SIGTERM, SIGINT).

Usage: npm start -- [flags]

  --help  prints this

What it serves, and how, is told by environment variables: see README.md, "Configuration". With none of them it keeps
everything in ./data. Exit status: 0 stopped as told, 1 failed, 2 a command line with a mistake.
`;

/** Whether the command line asks for nothing but to serve; it ends here otherwise. */
function isToServe(): boolean {
  try {
    const { values } = parseArgs({ options: { help: { type: 'boolean', default: false } } });
    if (values.help) process.stdout.write(HELP);
    return !values.help;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\nSee npm start -- --help\n`);
    process.exitCode = 2;
    return false;
  }
}

async function main(): Promise<void> {
  if (!isToServe()) return;
  process.env.UV_THREADPOOL_SIZE ??= THREADS;
  const config = loadConfig(process.env);
  if (config.workers === 1 || cluster.isWorker) return await serve(config);
  return leadWorkers(config.workers, (what) => void process.stderr.write(`${what}\n`));
}

main().catch((error) => {
  process.stderr.write(
    `${error instanceof ConfigError || error instanceof OtherStoreError ? error.message : `Cannot start: ${error?.message}\n${error?.stack}`}\n`,
  );
  process.exit(1);
});
