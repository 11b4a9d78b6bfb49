// Reads the configuration, opens the app, listens, stops on a signal; nothing else.
import { openApp } from './app.ts';
import { type Config, ConfigError, loadConfig } from './config.ts';

function printFirstSteps(address: string, { auth }: Config): void {
  if (auth.kind !== 'development') return;
  const token = `$(npm --prefix ${process.cwd()} run --silent token)`;
  const body = '{"name":"hello.txt","directory_path":"/","content":"data:text/plain;base64,SGVsbG8="}';
  process.stdout.write(`
Resource gateway is ready at ${address}  (GraphiQL: ${address}/graphql, REST reference: ${address}/docs)
A token for the development key:  npm run --silent token
A first resource:

  curl -s ${address}/v1/resources -H "Authorization: Bearer ${token}" -H "Content-Type: application/json" -d '${body}'

`);
}

/** Every fsync holds a thread of libuv's pool, whose four are too few for a server. Read when the pool is first used. */
const THREADS = '16';

async function main(): Promise<void> {
  process.env.UV_THREADPOOL_SIZE ??= THREADS;
  const config = loadConfig(process.env);
  const app = await openApp(config);
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    app.telemetry.logger.info({ signal }, 'stopping');
    app.close().then(
      () => process.exit(0),
      (err) => {
        app.telemetry.logger.fatal({ err }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  const address = await app.listen();
  app.telemetry.logger.info({ address }, 'listening');
  printFirstSteps(address, config);
}

main().catch((error) => {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `Cannot start: ${error?.message}\n${error?.stack}`}\n`,
  );
  process.exit(1);
});
