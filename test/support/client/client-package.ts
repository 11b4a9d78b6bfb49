// The client as it is published, in somebody else's project: packed, unpacked, with the packages that it names and no others.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { runTool } from '../tool.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../../..');
const CLIENT = join(ROOT, 'client');

export type ClientProject = AsyncDisposable & {
  readonly directory: string;
  /** The packed client. */
  readonly tarball: string;
  /** @returns what the compiler complains of */
  compile(): Promise<string>;
  /** Runs a file of the project with Node. @returns what it prints */
  run(file: string, ...args: string[]): Promise<string>;
};

/** Builds the client, and puts it into a new project with `files`, or with those of a folder, and `packages` beside it. */
export async function openClientProject({
  files = {},
  folder,
  packages = [],
}: {
  readonly files?: { readonly [name: string]: string };
  readonly folder?: string;
  readonly packages?: readonly string[];
}): Promise<ClientProject> {
  const directory = await mkdtemp(join(tmpdir(), 'client-project-'));
  const config = ['--config', join(CLIENT, 'tsdown.config.ts')];
  await runTool('tools/compile', 'tsdown', ...config, '--log-level', 'error');
  const packing = ['pack', CLIENT, '--json', '--ignore-scripts', '--pack-destination', directory];
  const { stdout } = await run('npm', packing, { cwd: directory });
  const tarball = join(directory, readName(JSON.parse(stdout)));
  const installed = join(directory, 'node_modules/resource-gateway-client');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(manifest.dependencies), ...packages]) {
    const place = join(directory, 'node_modules', name);
    await mkdir(dirname(place), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), place);
  }
  if (folder !== undefined) await cp(join(ROOT, folder), directory, { recursive: true });
  const own = { 'package.json': '{ "type": "module", "private": true }', ...files };
  for (const [name, text] of Object.entries(own)) await writeFile(join(directory, name), text);
  return {
    directory,
    tarball,
    async compile() {
      return await runTool('tools/compile', 'tsc', '-p', directory).catch((error) => error.stdout);
    },
    async run(file, ...args) {
      return (await run(process.execPath, [join(directory, file), ...args])).stdout;
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A list of one, or since npm 11 a table by name. */
function readName(packed: { readonly [key: string]: { readonly filename: string } }): string {
  const [one] = Object.values(packed);
  if (one === undefined) throw new Error('npm packed nothing');
  return one.filename;
}
