// One serving process: opens the app, listens, stops on a signal.
import cluster from 'node:cluster';
import { openApp } from './app.ts';
import type { Config } from './config.ts';
import { toFirstSteps } from './start/first-steps.ts';
import type { TellStep } from './start/lines.ts';
import { toPlaces } from './start/places.ts';

export type ServeOptions = {
  /** Told what is being done until it serves. */
  readonly onStep: TellStep;
  /** Frees what was opened before, when nothing uses it any more. */
  close(): Promise<void>;
};

/** Serves until SIGTERM or SIGINT, then finishes what is running and ends the process. Rejects when it cannot start. */
export async function serve(config: Config, { onStep, close }: ServeOptions): Promise<void> {
  const app = await openApp(config, { onStep }).catch(async (error) => {
    await close();
    throw error;
  });
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) {
      // A terminal's interrupt reaches a worker twice: from the terminal, and from the process that leads it.
      if (cluster.isPrimary) process.exit(1);
      return;
    }
    stopping = true;
    app.telemetry.logger.info({ signal }, 'stopping');
    const stopped = app.close().finally(close);
    stopped.then(
      () => process.exit(0),
      (err) => {
        app.telemetry.logger.fatal({ err }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  const address = await app.listen();
  const { appliedMigrations } = app;
  app.telemetry.logger.info({ address, ...toPlaces(config), appliedMigrations }, 'listening');
  // In production only the log is read.
  const isTelling = cluster.isPrimary || cluster.worker?.id === 1;
  if (!config.production && isTelling) process.stdout.write(toFirstSteps({ address, appliedMigrations }, config));
}
