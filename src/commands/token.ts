// Prints one JWT for the development key, with the server's own configuration. It refuses where an issuer gives tokens.
import { parseArgs } from 'node:util';
import { openDevelopmentKey } from '../auth/development-key.ts';
import { signDevelopmentToken } from '../auth/development-token.ts';
import { loadConfig } from '../config.ts';
import { GatewayError } from '../domain/errors.ts';
import { toCommandLine } from '../domain/maintenance/command-line.ts';

const HELP = `Prints a token for the development key.

Usage: ${toCommandLine('token', '[flags]')}

  --account  the account it is for (default: acme)
  --subject  who bears it; empty for nobody in particular (default: alice)
  --scope    what it allows, separated by spaces (default: "resources:read resources:write resources:delete")
  --ttl      for how many seconds it holds (default: 86400)
  --help     prints this
`;

/** What the process ends with: 2 is for a command line that cannot be understood. */
type Outcome = { readonly exitCode: 0 | 1 | 2; readonly stdout: string; readonly stderr: string };

type Flags = { readonly account: string; readonly subject: string; readonly scope: string; readonly ttl: string };

const refuse = (exitCode: 1 | 2, reason: string): Outcome => ({ exitCode, stdout: '', stderr: `${reason}\n` });

function parseFlags(args: string[]): Flags & { readonly help: boolean } {
  const { values } = parseArgs({
    args,
    options: {
      account: { type: 'string', default: 'acme' },
      subject: { type: 'string', default: 'alice' },
      scope: { type: 'string', default: 'resources:read resources:write resources:delete' },
      ttl: { type: 'string', default: '86400' },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

async function printToken({ account, subject, scope, ttl }: Flags, env: NodeJS.ProcessEnv): Promise<Outcome> {
  if (!/^[1-9]\d{0,8}$/.test(ttl)) return refuse(2, '--ttl must be a whole number of seconds, at least 1');
  const { auth } = loadConfig(env);
  if (auth.kind === 'jwks') {
    return refuse(1, 'The development key is not used when AUTH_JWKS_URL is set; get a token from your issuer.');
  }
  const key = await openDevelopmentKey(auth.dataDir);
  const caller = { account, subject: subject === '' ? null : subject, scope, ttlSeconds: Number(ttl) };
  const token = await signDevelopmentToken(key, { ...auth, ...caller });
  return { exitCode: 0, stdout: `${token}\n`, stderr: '' };
}

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  try {
    const flags = parseFlags(args);
    return flags.help ? { exitCode: 0, stdout: HELP, stderr: '' } : await printToken(flags, env);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isUsage = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
    if (isUsage) return refuse(2, `${error.message}\nSee ${toCommandLine('token', '--help')}`);
    const isClaim = error instanceof GatewayError && error.code === 'unauthenticated';
    const because = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    return refuse(isClaim ? 2 : 1, `${error.message}${because}`);
  }
}

const { exitCode, stdout, stderr } = await run(process.argv.slice(2), process.env);
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
