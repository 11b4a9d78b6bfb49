// One serving process: opens the app, listens, stops on a signal.
import cluster from 'node:cluster';
import { openApp } from './app.ts';
import type { Config } from './config.ts';

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

/** Serves until SIGTERM or SIGINT, then finishes what is running and ends the process. Rejects when it cannot start. */
export async function serve(config: Config): Promise<void> {
  const app = await openApp(config);
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) {
      // A terminal's interrupt reaches a worker twice: from the terminal, and from the process that leads it.
      if (cluster.isPrimary) process.exit(1);
      return;
    }
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
  if (cluster.isPrimary || cluster.worker?.id === 1) printFirstSteps(address, config);
}
