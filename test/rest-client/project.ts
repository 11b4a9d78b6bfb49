// A client made by a generator from our OpenAPI document, compiled and run as somebody else's project.
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);

export type ClientProject = AsyncDisposable & {
  /** Compiles it; gives what the compiler says, which is nothing when all is well. */
  compile(): Promise<string>;
  /** Runs the compiled program; gives the lines of JSON that it prints. */
  run(...args: string[]): Promise<unknown[]>;
};

/** Runs a generator beside this file: it reads the document from its standard input. Gives what it prints. */
export async function generate(script: string, document: string, args: readonly string[] = []): Promise<string> {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args]);
  const exited = new Promise<number | null>((settle) => void child.once('close', settle));
  child.stdin.end(document);
  const [printed, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if ((await exited) !== 0) throw new Error(complaints);
  return printed;
}

/** A copy of the program in `folder`, with a library when it needs one. Disposing it removes it. */
export async function createProject(
  folder: string,
  { library, fill }: { readonly library: string | null; fill(directory: string): Promise<unknown> },
): Promise<ClientProject> {
  const directory = await mkdtemp(join(tmpdir(), 'gateway-rest-client-'));
  await cp(join(import.meta.dirname, folder), directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), '{ "type": "module", "private": true }');
  await fill(directory);
  if (library !== null) {
    await mkdir(join(directory, 'node_modules'));
    await symlink(dirname(require.resolve(`${library}/package.json`)), join(directory, 'node_modules', library));
  }
  return {
    async compile() {
      const compiled = await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', directory]).catch((error) => error);
      return compiled.stdout;
    },
    async run(...args) {
      const { stdout } = await run(process.execPath, [join(directory, 'out/client.js'), ...args]);
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
