// A TypeScript project of somebody else's, strict, with our package by path, the tRPC client, and nothing else.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../../..');
const MODULES = join(ROOT, 'node_modules');

export type ConsumerProject = AsyncDisposable & {
  /** @returns what the compiler complains of */
  compile(): Promise<string>;
  /** Runs the compiled program. @returns what it prints, line by line */
  run(...args: string[]): Promise<string[]>;
};

/** The project of examples/trpc, with `program` in place of its own one where that is given. */
export async function createConsumerProject(program?: string): Promise<ConsumerProject> {
  const directory = await mkdtemp(join(tmpdir(), 'gateway-consumer-'));
  await cp(join(ROOT, 'examples/trpc'), directory, { recursive: true });
  if (program !== undefined) await writeFile(join(directory, 'client.ts'), program);
  await writeFile(join(directory, 'package.json'), '{ "type": "module", "private": true }');
  await mkdir(join(directory, 'node_modules/@trpc'), { recursive: true });
  await symlink(ROOT, join(directory, 'node_modules/resource-gateway'));
  for (const name of ['client', 'server']) {
    await symlink(join(MODULES, '@trpc', name), join(directory, 'node_modules/@trpc', name));
  }
  return {
    async compile() {
      const compiled = await run(join(MODULES, '.bin/tsc'), ['-p', directory]).catch((error) => error);
      return compiled.stdout;
    },
    async run(...args) {
      const { stdout } = await run(process.execPath, [join(directory, 'out/client.js'), ...args]);
      return stdout.trim().split('\n');
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
