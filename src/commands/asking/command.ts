// What the commands that ask a gateway share: the command line, the connection, and what a process ends with.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { createClient, type GatewayClient, isGatewayError, toGatewayError } from '../../../client/src/index.ts';
import { createReport, type Report } from './report.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
/** What a command line says: a flag that is not given is undefined. */
export type Flags = { readonly [name: string]: string | boolean | readonly (string | boolean)[] | undefined };

export type Asking = {
  readonly client: GatewayClient;
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly report: Report;
  /** How many things to do at once. */
  readonly jobs: number;
  /** Only says what would be done. */
  readonly isDry: boolean;
  /** Where what is on its way is remembered. */
  readonly journal: string;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
};

export type AskingCommand = {
  /** Begins with what it does; its usage names every flag but those that all have. */
  readonly help: string;
  readonly options: Options;
  /** Whatever fails of many things is told to the report, and does not keep the others from being done. */
  run(asking: Asking): Promise<void>;
};

/** A command line that cannot be understood. */
export class UsageError extends Error {}

const COMMON = {
  json: { type: 'boolean', default: false },
  jobs: { type: 'string', default: '4' },
  'dry-run': { type: 'boolean', default: false },
  journal: { type: 'string' },
  help: { type: 'boolean', default: false },
} satisfies Options;

const COMMON_HELP = `
  --json       prints each result as a line of JSON
  --jobs N     does so many things at once (default: 4)
  --dry-run    only says what would be done
  --journal D  where uploads that are not done are remembered (default: ~/.local/state/resource-gateway)
  --help       prints this

RESOURCE_GATEWAY_URL says where the gateway is (default: http://127.0.0.1:3000), RESOURCE_GATEWAY_TOKEN who asks.
Exit status: 0 done, 1 something failed, 2 a command line with a mistake, 130 interrupted.
`;
const MAX_JOBS = 64;

/** Runs one to its end, and says by the exit status how it went. */
export async function ask(command: AskingCommand, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error('interrupted'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  // Whoever reads our output may have enough of it, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`standard output: ${error.message}\n`, () => process.exit(1));
  });
  let report: Report | null = null;
  try {
    const options = { ...COMMON, ...command.options };
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help) return void process.stdout.write(`${command.help}${COMMON_HELP}`);
    report = createReport({ isJson: values.json });
    const jobs = Number(values.jobs);
    if (!Number.isInteger(jobs) || jobs < 1 || jobs > MAX_JOBS) throw new UsageError(`--jobs must be 1 to ${MAX_JOBS}`);
    await command.run({
      client: connect(env),
      args: positionals,
      flags: values,
      report,
      jobs,
      isDry: values['dry-run'],
      journal: values.journal ?? join(env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'resource-gateway'),
      signal: stopping.signal,
    });
    process.exitCode = report.end() === 0 ? 0 : 1;
  } catch (thrown) {
    report?.end();
    if (stopping.signal.aborted) {
      process.exitCode = 130;
      return;
    }
    const isUsage = thrown instanceof UsageError || (thrown instanceof TypeError && 'code' in thrown);
    process.stderr.write(`${toText(thrown)}\n`);
    process.exitCode = isUsage ? 2 : 1;
  } finally {
    process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
  }
}

/** The sentence of whatever was thrown. */
export function toText(thrown: unknown): string {
  if (isGatewayError(thrown)) return `${thrown.message} (${thrown.code})`;
  if (thrown instanceof Error && thrown.name === 'TRPCClientError') return toText(toGatewayError(thrown));
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function connect(env: NodeJS.ProcessEnv): GatewayClient {
  const { RESOURCE_GATEWAY_URL: url = 'http://127.0.0.1:3000', RESOURCE_GATEWAY_TOKEN: token = '' } = env;
  if (!URL.canParse(url))
    throw new UsageError('RESOURCE_GATEWAY_URL must be an address such as https://files.example.com');
  if (token === '') throw new UsageError('RESOURCE_GATEWAY_TOKEN must hold a token');
  return createClient({ url, token });
}

/** The arguments, when there are at least so many. @throws UsageError */
export function requireArgs(args: readonly string[], least: number, what: string): void {
  if (args.length < least) throw new UsageError(`${what}; see --help`);
}

/** Does one of many things: what goes wrong with it is told, and does not keep the others from being done. */
export async function attempt(
  what: string,
  { report, signal }: Pick<Asking, 'report' | 'signal'>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof UsageError) throw thrown;
    report.fail(what, toText(thrown));
  }
}

/** Does `work` for each item, up to `jobs` at once; ends at the first that rejects. */
export async function inParallel<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  { jobs, signal }: Pick<Asking, 'jobs' | 'signal'>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  for await (const item of items) {
    signal.throwIfAborted();
    const one = work(item).finally(() => running.delete(one));
    // Whoever waits for them learns of the first that rejects; the others have nobody to tell.
    one.catch(() => {});
    running.add(one);
    if (running.size >= jobs) await Promise.race(running);
  }
  await Promise.all(running);
}
