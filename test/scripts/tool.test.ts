// Folders of packages that are brought when they are first needed, with a package that needs no network.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const SCRIPT = resolve(import.meta.dirname, '../../scripts/tool.js');
const MINUTES = 60_000;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tools-'));
  await mkdir(join(root, 'scripts'));
  await cp(SCRIPT, join(root, 'scripts/tool.js'));
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rm(root, { recursive: true, force: true, maxRetries: 3 }));

/** Gives the folder `tools/NAME` a lockfile for one package, whose program `greet` prints a word. */
async function lockTool(name: string, word: string): Promise<void> {
  const source = join(root, `${name}-${word}`);
  const folder = join(root, 'tools', name);
  for (const each of [source, folder]) await mkdir(each, { recursive: true });
  await writeFile(
    join(source, 'package.json'),
    JSON.stringify({ name: `greeter-${word}`, version: '1.0.0', bin: { greet: 'greet.js' } }),
  );
  await writeFile(join(source, 'greet.js'), `console.log(${JSON.stringify(word)}, ...process.argv.slice(2));`);
  await run('npm', ['pack', '--pack-destination', root], { cwd: source });
  const tarball = `file:${join(root, `greeter-${word}-1.0.0.tgz`)}`;
  const manifest = { private: true, description: 'What greets.', dependencies: { [`greeter-${word}`]: tarball } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--package-lock-only', '--offline'], { cwd: folder });
}

/** @returns what it prints and complains of, and how it ended */
function runTool(args: readonly string[], env: { readonly [name: string]: string } = {}) {
  return run(process.execPath, [join(root, 'scripts/tool.js'), ...args], { env: { ...process.env, ...env } }).then(
    ({ stdout, stderr }) => ({ stdout, stderr, code: 0 }),
    ({ stdout, stderr, code }: { stdout: string; stderr: string; code: number }) => ({ stdout, stderr, code }),
  );
}

test(
  'several processes at once bring a folder once, and each runs its program with its arguments',
  async () => {
    await lockTool('several', 'hello');
    const ended = await Promise.all([1, 2, 3].map((number) => runTool(['tools/several', 'greet', `${number}`])));
    expect(ended.map(({ stdout }) => stdout)).toEqual(['hello 1\n', 'hello 2\n', 'hello 3\n']);
    expect(ended.map(({ stderr }) => stderr).join('')).toBe('bringing tools/several: What greets.\n');
    expect((await readdir(join(root, 'tools/several'))).sort()).toEqual([
      'node_modules',
      'package-lock.json',
      'package.json',
    ]);
  },
  2 * MINUTES,
);

test(
  'a folder whose lockfile has changed is brought again, whole',
  async () => {
    await lockTool('changed', 'before');
    expect((await runTool(['tools/changed', 'greet'])).stdout).toBe('before\n');
    await rm(join(root, 'tools/changed/package-lock.json'));
    await lockTool('changed', 'after');
    expect((await runTool(['tools/changed', 'greet'])).stdout).toBe('after\n');
    expect(await readdir(join(root, 'tools/changed/node_modules'))).not.toContain('greeter-before');
  },
  2 * MINUTES,
);

test(
  'what a process left that was killed while it brought a folder stands in nobody’s way',
  async () => {
    await lockTool('killed', 'again');
    const ended = execFile(process.execPath, ['--version']);
    await new Promise((settle) => ended.once('exit', settle));
    await writeFile(join(root, 'tools/killed/.bringing.lock'), `${ended.pid}`);
    await mkdir(join(root, `tools/killed/.bringing-${ended.pid}`));
    expect((await runTool(['tools/killed', 'greet'])).stdout).toBe('again\n');
    expect((await readdir(join(root, 'tools/killed'))).filter((name) => name.startsWith('.'))).toEqual([]);
  },
  2 * MINUTES,
);

test(
  'without a registry it says what to do, ends with 1, and leaves nothing half done',
  async () => {
    const folder = join(root, 'tools/unreachable');
    await mkdir(folder, { recursive: true });
    const dependencies = { 'no-such-package-anywhere': '1.0.0' };
    const manifest = { private: true, description: 'What nobody has.', dependencies };
    const integrity = `sha512-${'A'.repeat(86)}==`;
    const lock = {
      lockfileVersion: 3,
      packages: { '': { dependencies }, 'node_modules/no-such-package-anywhere': { version: '1.0.0', integrity } },
    };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
    const { stderr, code } = await runTool(['tools/unreachable', 'greet'], { npm_config_offline: 'true' });
    expect(code).toBe(1);
    expect(stderr).toContain('tools/unreachable could not be brought. It needs a registry of npm this once');
    expect(stderr).toContain('npm run tools');
    expect((await readdir(folder)).sort()).toEqual(['package-lock.json', 'package.json']);
    expect(await readFile(join(folder, 'package.json'), 'utf8')).toBe(JSON.stringify(manifest));
  },
  2 * MINUTES,
);

test('a program that the folder does not have is named', async () => {
  await lockTool('other', 'word');
  const { stderr, code } = await runTool(['tools/other', 'sing']);
  expect([stderr.split('\n').at(-2), code]).toEqual(['no package of tools/other has a program sing', 1]);
}, 60_000);
