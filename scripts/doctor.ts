// Tries every known attack on the fetching of URIs against the configuration in the environment, and prints what would
// be let through. Names are answered as the corpus has them, so nobody else's name server is asked; what is let through
// is given a moment to connect, and its answer is dropped.
import { ConfigError, loadConfig, type RemoteConfig } from '../src/config.ts';
import { GatewayError } from '../src/domain/errors.ts';
import { createRemoteOpener } from '../src/remote/create-remote-opener.ts';
import { DEFAULT_REMOTE_LIMITS, type ResolvedAddress } from '../src/remote/remote-options.ts';
import { type Attack, attackCorpus } from '../test/remote/attack-corpus.ts';

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
  const { s3ForcePathStyle, ...rest } = remote;
  const access = createRemoteOpener({
    ...rest,
    limits: LIMITS,
    lookup: async () =>
      addresses.map((address): ResolvedAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    onBlocked: () => {
      blocked = true;
    },
    s3: { forcePathStyle: s3ForcePathStyle },
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

async function main(): Promise<number> {
  const { remote } = loadConfig(process.env);
  const through: Attack[] = [];
  for (const attack of attackCorpus) {
    if (!(await isRefused(attack, remote))) through.push(attack);
  }
  for (const { uri, what, reference } of through) process.stdout.write(`let through: ${uri} (${what}; ${reference})\n`);
  process.stdout.write(`${attackCorpus.length} attacks tried, ${through.length} would be let through\n`);
  if (through.length > 0)
    process.stdout.write('Look at URI_ALLOW_HOSTS and SOURCE_BUCKETS: they open these on purpose.\n');
  return through.length === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`${error instanceof ConfigError ? error.message : error?.stack}\n`);
    process.exit(2);
  },
);
