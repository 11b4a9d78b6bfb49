// The package in somebody else's empty project: packed, installed by npm, and started by the Node that is there.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTool } from '../support/tool.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
const NODE_22 = '22.23.3';
const MINUTES = 60_000;

/** What an install needs besides this machine; null where there is none. */
const registry = await run('npm', ['ping', '--fetch-retries=0'], { cwd: ROOT, timeout: 20_000 }).then(
  () => true,
  () => false,
);
if (!registry) console.warn('without a registry of npm the package is not installed, and not tried');

describe.skipIf(!registry)('installed in an empty project, the package', () => {
  let folder: string;
  let project: string;
  let tarball: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'package-'));
    project = join(folder, 'project');
    await mkdir(project);
    await run(process.execPath, [join(ROOT, 'scripts/build.js')], { cwd: ROOT });
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT });
    const [name] = (await readdir(folder)).filter((each) => each.endsWith('.tgz'));
    tarball = join(folder, name ?? '');
    await writeFile(
      join(project, 'package.json'),
      '{ "private": true, "scripts": { "which": "node -p process.execPath" } }',
    );
    await run('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: project, env: bareEnvironment() });
  }, 10 * MINUTES);
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  test('has entries that every way of importing finds', async () => {
    expect(await runTool('tools/publish', 'publint', tarball)).toContain('All good');
    const types = await runTool('tools/publish', 'attw', tarball, '--profile', 'esm-only', '--format', 'json');
    const { analysis } = JSON.parse(types);
    expect(Object.keys(analysis.entrypoints)).toContain('./trpc');
  });

  test('brings nothing that only development needs', async () => {
    const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: { readonly [place: string]: { readonly dev?: boolean } };
    };
    const places = Object.keys(lock.packages).filter((place) => lock.packages[place]?.dev === true);
    const unwanted = [...places, 'node_modules/@trpc/server', 'node_modules/typescript'];
    const brought = unwanted.filter((place) => existsSync(join(project, place)));
    expect(brought).toEqual([]);
  });

  test('tells an operator what to type where it is installed', async () => {
    for (const command of ['account', 'doctor', 'sweep', 'token', 'verify']) {
      const { stdout } = await run('npx', ['--no-install', 'resource-gateway', command, '--help'], { cwd: project });
      expect(stdout).toContain(`Usage: npx resource-gateway ${command} `);
      expect(stdout).not.toContain('npm run');
    }
  });

  test('leaves the project its own Node', async () => {
    expect(await readdir(join(project, 'node_modules/.bin'))).not.toContain('node');
    const env = bareEnvironment(dirname(process.execPath));
    const { stdout } = await run('npm', ['run', '--silent', 'which'], { cwd: project, env });
    expect(stdout.trim()).toBe(process.execPath);
  });

  test('starts and serves on the Node that a checkout carries', () => serve(dirname(process.execPath)), 3 * MINUTES);

  test(
    `starts and serves on Node ${NODE_22}`,
    async () => {
      const name = `node-${process.platform}-${process.arch}`;
      const place = join(folder, 'node-22');
      await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', place, `${name}@${NODE_22}`], {
        cwd: folder,
      });
      await serve(join(place, 'node_modules', name, 'bin'));
    },
    5 * MINUTES,
  );

  /** Starts it with the Node in that folder, in two processes, and stores a file with a token of its own. */
  async function serve(nodeFolder: string): Promise<void> {
    const data = join(project, `data-${Math.random()}`);
    const env = { ...bareEnvironment(nodeFolder), DATA_DIR: data, PORT: '0', WORKERS: '2' };
    const child = spawn(join(project, 'node_modules/.bin/resource-gateway'), ['start'], { cwd: project, env });
    const ended = once(child, 'exit');
    child.stderr.resume();
    try {
      const url = await new Promise<string>((found, failed) => {
        const lines: string[] = [];
        createInterface(child.stdout).on('line', (line) => {
          lines.push(line);
          const address = /"address":"(http:[^"]+)"/.exec(line)?.[1];
          if (address !== undefined) found(address);
        });
        ended.then(([code]) => failed(new Error(`it ended with ${code}:\n${lines.join('\n')}`)), failed);
      });
      const token = (
        await run('npx', ['--no-install', 'resource-gateway', 'token'], { cwd: project, env })
      ).stdout.trim();
      const form = new FormData();
      form.set('name', 'hello.txt');
      form.set('directoryPath', '/');
      form.set('file', new Blob(['Hello']));
      const headers = { authorization: `Bearer ${token}` };
      const created = await fetch(`${url}/trpc/resource.create`, { method: 'POST', headers, body: form });
      expect(await created.json()).toMatchObject({ result: { data: { name: 'hello.txt', sizeBytes: 5 } } });
      const asking = { ...env, RESOURCE_GATEWAY_URL: url, RESOURCE_GATEWAY_TOKEN: token };
      const sent = ['--no-install', 'resource-gateway', 'put', 'package.json', '/'];
      expect((await run('npx', sent, { cwd: project, env: asking })).stdout).toBe('created /package.json\n');
      expect((await fetch(`${url}/docs`)).status).toBe(200);
      expect((await fetch(`${url}/console/`)).status).toBe(200);
    } finally {
      child.kill('SIGTERM');
      await ended;
    }
    expect(child.exitCode).toBe(0);
  }
});

/** Of a machine with npm and one Node, told nothing of this project. */
function bareEnvironment(...first: readonly string[]): NodeJS.ProcessEnv {
  const { PATH = '', HOME } = process.env;
  const own = join(ROOT, 'node_modules');
  const path = [...first, ...PATH.split(delimiter).filter((each) => !each.startsWith(own))].join(delimiter);
  // How this machine reaches a registry: behind a proxy an install would otherwise try again for minutes.
  const network = /^(npm_config_registry|node_extra_ca_certs|https?_proxy|no_proxy)$/i;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => network.test(name))),
    PATH: path,
    HOME,
  };
}
