// Says that it starts, reads the configuration and serves, in one process or in several; nothing else. What is heavy is
// loaded after the first line is printed: on a cold disk that alone takes many seconds.
import cluster from 'node:cluster';
import { parseArgs } from 'node:util';
import { readPackageVersion } from './schema/package-version.ts';
import { toFailureText } from './start/failure.ts';
import { createStepLines, type TellStep } from './start/lines.ts';

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

/** Of several processes that start alike, one tells of it. */
function createTeller(): TellStep {
  const isTelling = cluster.isPrimary || cluster.worker?.id === 1;
  return isTelling ? createStepLines(process.env, (line) => void process.stdout.write(line)) : () => {};
}

async function main(): Promise<void> {
  if (!isToServe()) return;
  process.env.UV_THREADPOOL_SIZE ??= THREADS;
  const tell = createTeller();
  if (cluster.isPrimary) tell(`Resource gateway ${readPackageVersion()} is starting`);
  const { loadConfig, EMBEDDED_URL } = await import('./config.ts');
  const config = loadConfig(process.env);
  const { startDatabase } = await import('./start/embedded-server.ts');
  const starting = startDatabase(config, tell);
  if (config.workers === 1 || cluster.isWorker) {
    // The database starts while the code is loaded that will use it.
    const [{ serve }, { database, close }] = await Promise.all([import('./serve.ts'), starting]);
    return await serve({ ...config, database }, { onStep: tell, close });
  }
  const [{ leadWorkers }, { database, close }] = await Promise.all([import('./workers.ts'), starting]);
  tell(`starting ${config.workers} processes`);
  const env = database.kind === 'embedded' ? { [EMBEDDED_URL]: database.url ?? undefined } : {};
  leadWorkers({ count: config.workers, env, log: (what) => void process.stderr.write(`${what}\n`), close });
}

main().catch((error) => {
  const text = toFailureText(error, process.env);
  // Whoever leads the workers says once what has befallen them all.
  if (cluster.isWorker) process.send?.({ kind: 'start-failed', text }, () => process.exit(1));
  else process.stderr.write(text, () => process.exit(1));
});
