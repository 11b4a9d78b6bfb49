// Looks at what a gateway depends on (examine.ts), then tries every known attack on the fetching of URIs against the
// configuration in the environment, and prints what would be let through. Names are answered as the corpus has them, so
// nobody else's name server is asked; what is let through is given a moment to connect, and its answer is dropped.
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, type RemoteConfig } from '../config.ts';
import { GatewayError } from '../domain/errors.ts';
import { toCommandLine } from '../domain/maintenance/command-line.ts';
import { createRemoteOpener } from '../remote/opener.ts';
import { DEFAULT_REMOTE_LIMITS, type ResolvedAddress } from '../remote/options.ts';
import { type Attack, attackCorpus } from './attack-corpus.ts';
import { examine } from './examine.ts';

const LIMITS = {
  ...DEFAULT_REMOTE_LIMITS,
  headerTimeoutMs: 1_000,
  totalTimeoutMs: 2_000,
  refusalStepMs: 1,
  maxResumes: 0,
};

/** Whether the guard refuses an attack, before any connection. */
async function isRefused({ uri, addresses }: Attack, remote: RemoteConfig): Promise<boolean> {
  let blocked = false;
  const access = createRemoteOpener({
    ...remote,
    limits: LIMITS,
    lookup: async () =>
      addresses.map((address): ResolvedAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    onBlocked: () => {
      blocked = true;
    },
  });
  try {
    const { bytes } = await access.open(uri, {
      accountId: 'doctor',
      signal: AbortSignal.timeout(LIMITS.totalTimeoutMs),
    });
    await bytes[Symbol.asyncIterator]().return?.();
    return false;
  } catch (error) {
    return blocked || (error instanceof GatewayError && (error.code === 'invalid_input' || error.code === 'forbidden'));
  } finally {
    await access.close();
  }
}

const HELP = `Looks at everything that a gateway with this environment would depend on, and says what is wrong.

Usage: ${toCommandLine('doctor', '[flags]')}

  --attacks  only tries the known attacks on the fetching of URIs
  --help     prints this

It opens the database (which brings its schema up to date) and the store as the gateway does. With the embedded database,
stop the gateway first. Exit status: 0 all well, 1 something is not, 2 a mistake in the command line or the configuration.
`;

async function tryAttacks(remote: RemoteConfig): Promise<boolean> {
  const through: Attack[] = [];
  for (const attack of attackCorpus) {
    if (!(await isRefused(attack, remote))) through.push(attack);
  }
  for (const { uri, what, reference } of through) process.stdout.write(`let through: ${uri} (${what}; ${reference})\n`);
  process.stdout.write(`${attackCorpus.length} attacks tried, ${through.length} would be let through\n`);
  if (through.length > 0)
    process.stdout.write('Look at URI_ALLOW_HOSTS and SOURCE_BUCKETS: they open these on purpose.\n');
  return through.length === 0;
}

async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: { attacks: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (flags.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const config = loadConfig(process.env);
  const isWell = flags.attacks || (await examine(config, (line) => void process.stdout.write(`${line}\n`)));
  const isGuarded = await tryAttacks(config.remote);
  return isWell && isGuarded ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    const isMistake = error instanceof ConfigError || String(error?.code).startsWith('ERR_PARSE_ARGS_');
    process.stderr.write(`${isMistake ? error.message : error?.stack}\n`);
    process.exit(2);
  },
);
