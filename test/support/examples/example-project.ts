// An example as somebody else's project: a folder of its own, with the packages that it names and nothing else.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { runTool } from '../tool.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../../..');

export type ExampleProject = AsyncDisposable & {
  readonly directory: string;
  /** @returns what the compiler complains of */
  compile(): Promise<string>;
  /** Runs the compiled program. @returns what it prints: a JSON text on each line */
  run(...args: string[]): Promise<unknown[]>;
};

export type ExampleOptions = {
  /** Files to add, or to put in the place of the example's own. */
  readonly files?: { readonly [name: string]: string };
  /** Packages that are installed for it; `resource-gateway` is this one. */
  readonly packages?: readonly string[];
  /** Puts in what only a program can make, for example a generator. */
  fill?(directory: string): Promise<unknown>;
};

/** A copy of a folder of `examples`. */
export async function openExample(
  example: string,
  { files = {}, packages = [], fill }: ExampleOptions = {},
): Promise<ExampleProject> {
  const source = join(ROOT, 'examples', example);
  const directory = await mkdtemp(join(tmpdir(), 'gateway-example-'));
  await cp(source, directory, { recursive: true, filter: (path) => basename(path) !== 'node_modules' });
  const added = { 'package.json': '{ "type": "module", "private": true }', ...files };
  for (const [name, text] of Object.entries(added)) await writeFile(join(directory, name), text);
  for (const name of packages) {
    const place = join(directory, 'node_modules', name);
    await mkdir(dirname(place), { recursive: true });
    if (name === 'resource-gateway') await writeOurTypes(place);
    else await symlink(dirname(findPackageJSON(name, join(source, 'any.js')) as string), place);
  }
  await fill?.(directory);
  return {
    directory,
    async compile() {
      return await runTool('tools/compile', 'tsc', '-p', directory).catch((error) => error.stdout);
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

/** This package as far as a compiler sees it: its types, as they are now, beside what they need. */
async function writeOurTypes(place: string): Promise<void> {
  await mkdir(place);
  await cp(join(ROOT, 'package.json'), join(place, 'package.json'));
  await symlink(join(ROOT, 'node_modules'), join(place, 'node_modules'));
  await runTool('tools/compile', 'tsc', '-p', join(ROOT, 'tsconfig.types.json'), '--outDir', join(place, 'dist/types'));
}

/** What a program of the tRPC client's users has: our types, and what tRPC's own need. */
export const TRPC_PACKAGES = ['resource-gateway', '@trpc/client', '@trpc/server'];
