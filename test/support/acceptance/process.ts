// The gateway as a user runs it: a process of its own, spoken to over a socket. Imports nothing of the source.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');

export type GatewayProcess = AsyncDisposable & {
  readonly url: string;
  readonly dataDir: string;
  readonly child: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  /** What `npm run token` prints. */
  token(...flags: string[]): Promise<string>;
  /** Ends the process. @returns its exit code, or the signal that ended it */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
};

export type SpawnOptions = { readonly env?: NodeJS.ProcessEnv; readonly dataDir?: string };

/** The environment of a bare machine. */
function bareEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, ...env };
}

/** Runs a script of ours to its end. */
export async function runScript(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, args, { cwd: ROOT, env: bareEnvironment(env) });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code: code as number, stdout, stderr };
}

/** Starts a gateway on a free port and waits until it answers. Its data goes with it unless `dataDir` is given. */
export async function spawnGateway({ env = {}, dataDir }: SpawnOptions = {}): Promise<GatewayProcess> {
  const directory = dataDir ?? (await mkdtemp(join(tmpdir(), 'gateway-process-')));
  const fullEnv = { DATA_DIR: directory, PORT: '0', ...env };
  const child = spawn(process.execPath, ['src/main.ts'], { cwd: ROOT, env: bareEnvironment(fullEnv) });
  const exited = once(child, 'exit');
  let output = '';
  const url = await new Promise<string>((found, failed) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      const match = /"address":"(http:[^"]+)"/.exec(output);
      if (match) found(match[1] as string);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => failed(new Error(`the gateway ended with ${code}:\n${output}`)));
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    const [code, by] = await exited;
    return code ?? by;
  };
  return {
    url,
    dataDir: directory,
    child,
    output: () => output,
    async token(...flags) {
      const { code, stdout, stderr } = await runScript(['src/commands/token.ts', ...flags], fullEnv);
      if (code !== 0) throw new Error(stderr);
      return stdout.trim();
    },
    stop,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await stop('SIGKILL');
      // The embedded server of a gateway that was killed ends after it, and writes until then.
      if (dataDir === undefined) await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
