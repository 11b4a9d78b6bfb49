// A copy of this tree with a patch applied, in which the project's own tools run; it needs no git.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { applyPatch, parsePatch } from 'diff';

const ROOT = resolve(import.meta.dirname, '../../..');
const COPIED = ['src', 'test', 'bench', 'client', 'console', 'examples', 'scripts'];
const COPIED_FILES = ['package.json', 'tsconfig.json', 'biome.json', 'mikro-orm.config.ts'];
const CONFIGS = ['vitest.config.ts', 'vitest.unit.config.ts'];
const LINKED = ['node_modules', 'dist', 'tools'];
/** A test of the copy needs no server: those of the suite run already, and starting them again takes a while. */
const BARE_CONFIG = `const { default: config } = await import('./vitest.config.ts');
export default { ...config, test: { ...config.test, globalSetup: [] } };`;

export type PatchedTree = AsyncDisposable & {
  /** The files that the patch changes or adds, from the root. */
  readonly files: readonly string[];
  /** Runs the linter in the copy. @returns what it prints, also when it fails */
  lint(args: readonly string[]): Promise<string>;
  /** @returns what the compiler complains of */
  compile(): Promise<string>;
  /** Runs those tests of some files whose names fit. @returns the names of those that passed and of those that failed */
  test(files: readonly string[], name: RegExp): Promise<{ readonly passed: string[]; readonly failed: string[] }>;
};

/** @throws Error naming the file in which the patch, from the root, finds no place any more */
export async function openPatchedTree(patch: string): Promise<PatchedTree> {
  const directory = await mkdtemp(join(tmpdir(), 'gateway-patched-'));
  const isOurs = (path: string) => !path.endsWith('node_modules');
  for (const name of [...COPIED, ...COPIED_FILES, ...CONFIGS]) {
    await cp(join(ROOT, name), join(directory, name), { recursive: true, filter: isOurs });
  }
  for (const name of LINKED) await symlink(join(ROOT, name), join(directory, name));
  await writeFile(join(directory, 'bare.config.js'), BARE_CONFIG);
  const files = await apply(await readFile(join(ROOT, patch), 'utf8'), directory);

  async function run(program: string, args: readonly string[]): Promise<string> {
    const options = { cwd: directory, maxBuffer: 64 * 1024 * 1024 };
    const { stdout, stderr } = await promisify(execFile)(program, args, options).catch((error) => error);
    return `${stdout}${stderr}`;
  }
  const runOwn = (name: string, args: readonly string[]) => run(join(ROOT, 'node_modules/.bin', name), args);

  return {
    files,
    lint: (args) => run(process.execPath, ['scripts/tool.js', 'tools/lint', 'biome', 'check', ...args]),
    compile: () => run(process.execPath, ['scripts/tool.js', 'tools/compile', 'tsc', '--noEmit']),
    async test(files, name) {
      const report = join(directory, 'report.json');
      const flags = ['--config', 'bare.config.js', '--reporter', 'json', '--outputFile', report];
      const printed = await runOwn('vitest', ['run', ...flags, '-t', name.source, ...files]);
      const text = await readFile(report, 'utf8').catch((cause) => {
        throw new Error(printed, { cause });
      });
      const { testResults } = JSON.parse(text) as {
        testResults: { assertionResults: { fullName: string; status: string }[] }[];
      };
      const results = testResults.flatMap(({ assertionResults }) => assertionResults);
      const named = (wanted: string) =>
        results.filter(({ status }) => status === wanted).map(({ fullName }) => fullName);
      return { passed: named('passed'), failed: named('failed') };
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

async function apply(patch: string, directory: string): Promise<string[]> {
  const files: string[] = [];
  for (const change of parsePatch(patch)) {
    const file = `${change.newFileName}`.replace(/^b\//, '');
    const path = join(directory, file);
    const before = change.oldFileName === '/dev/null' ? '' : await readFile(path, 'utf8');
    const after = applyPatch(before, change);
    if (after === false) throw new Error(`${file} has changed where the patch changes it`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, after);
    files.push(file);
  }
  return files;
}
