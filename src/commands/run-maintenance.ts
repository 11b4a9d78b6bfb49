// What the maintenance commands share: a command line read, a way to stop, the records and the store opened and closed.
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type Config, loadConfig } from '../config.ts';
import { type OperatorCommand, toCommandLine } from '../domain/maintenance/command-line.ts';
import { requireOwnStore } from '../domain/maintenance/own-store.ts';
import type { ContentStore } from '../domain/uploads/upload-store.ts';
import { openRepository, type Repository } from '../persistence/repository.ts';
import { toBlobsPlace } from '../start/places.ts';
import { openBlobStore } from '../storage/open-blob-store.ts';

/** What a process ends with: 0 done, 1 failed, 2 what the command's help says. */
export type ExitCode = 0 | 1 | 2;

export type Maintenance = {
  readonly config: Config;
  readonly blobs: ContentStore;
  readonly catalog: Repository;
  /** Aborted when the process is told to end. */
  readonly signal: AbortSignal;
};

/** A command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<Known extends Options> = ReturnType<typeof parseArgs<{ options: Known; allowPositionals: true }>>;

export type MaintenanceCommand<Known extends Options> = {
  readonly name: OperatorCommand;
  readonly help: string;
  readonly options: Known;
  /** Whether it takes words beside the flags. */
  readonly takesWords?: true;
  /** What the process ends with when the command line has a mistake; 2 when absent. */
  readonly usage?: ExitCode;
  run(flags: Parsed<Known>['values'], words: string[]): Promise<ExitCode>;
};

/** Runs one command to its end. Reasons go to standard error, whatever they are. */
export async function runMaintenance<const Known extends Options>(command: MaintenanceCommand<Known>): Promise<void> {
  const { name, help, usage = 2, takesWords = false } = command;
  try {
    const options = { ...command.options, help: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: takesWords });
    if ('help' in values && values.help) return void process.stdout.write(help);
    process.exitCode = await command.run(values as Parsed<Known>['values'], positionals);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isUsage =
      error instanceof UsageError || ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_'));
    const advice = isUsage ? `\nSee ${toCommandLine(name, '--help')}` : '';
    process.stderr.write(`${explain(error)}${advice}\n`);
    process.exitCode = isUsage ? usage : 1;
  }
}

/** The error and what caused it, outermost first; the domain's fixed sentence for failures says nothing here. */
function explain(error: Error): string {
  const cause = error.cause instanceof Error ? explain(error.cause) : null;
  if ('code' in error && error.code === 'internal') return cause ?? error.message;
  return cause === null ? error.message : `${error.message}: ${cause}`;
}

/** Opens the records that the environment names, hands them to `use`, and closes them. */
export async function withRecords(
  env: NodeJS.ProcessEnv,
  use: (opened: Omit<Maintenance, 'blobs'>) => Promise<ExitCode>,
): Promise<ExitCode> {
  const config = loadConfig(env);
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error('stopped before the end'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const catalog = await openRepository({ database: config.database, quotas: config.quotas });
  try {
    return await use({ config, catalog, signal: stopping.signal });
  } finally {
    await catalog.close();
  }
}

/** The same with the store. @throws OtherStoreError unless it may `adopt` */
export async function withMaintenance(
  { env, adopt }: { readonly env: NodeJS.ProcessEnv; readonly adopt: boolean },
  use: (opened: Maintenance) => Promise<ExitCode>,
): Promise<ExitCode> {
  return await withRecords(env, async (records) => {
    const { storage } = records.config;
    const blobs = await openBlobStore(storage);
    try {
      const { catalog: memory, signal } = records;
      await requireOwnStore({ blobs, memory, adopt, place: toBlobsPlace(storage), signal });
      return await use({ ...records, blobs });
    } finally {
      await blobs.close();
    }
  });
}

/** `1,234 bytes` and the like. */
export function toBytesText(sizeBytes: number): string {
  return `${sizeBytes.toLocaleString('en')} bytes`;
}
