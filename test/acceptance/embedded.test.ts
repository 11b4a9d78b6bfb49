// What the embedded database asks of the machine: whose process it is, where it may lie, and when it is gone.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtempDisposable, readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { spawnGateway } from '../support/acceptance/process.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const readServer = async (dataDir: string) =>
  Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);

async function ready(child: ChildProcess): Promise<string> {
  let output = '';
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  for await (const chunk of child.stdout ?? []) {
    output += chunk;
    const address = /"address":"(http:[^"]+)"/.exec(output)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error(output);
}

async function stop(child: ChildProcess): Promise<unknown> {
  child.stdout?.resume();
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  return (await exited)[0];
}

test('a gateway that stops has ended its database, also when several processes used it', async () => {
  for (const WORKERS of ['1', '2']) {
    await using gateway = await spawnGateway({ env: { WORKERS } });
    const server = await readServer(gateway.dataDir);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
    expect(await gateway.stop()).toBe(0);
    expect(isAlive(server)).toBe(false);
    expect((await readdir(join(gateway.dataDir, 'postgres'))).filter((name) => /PGSQL|pid/.test(name))).toEqual([]);
  }
});

test('a second gateway on the same DATA_DIR is refused in one sentence', async () => {
  await using first = await spawnGateway();
  await expect(spawnGateway({ dataDir: first.dataDir })).rejects.toThrow(
    /Cannot start: .*postgres is in use by another process: .* Stop the other one/,
  );
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
});

test.runIf(isRoot && isLinux)('root runs it as another user, in a folder that nobody else may enter', async () => {
  await using hidden = await mkdtempDisposable('/tmp/gateway-hidden-');
  const dataDir = join(hidden.path, 'the data');
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await ready(child);
  const server = await readServer(dataDir);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await stat(`/proc/${server}`)).uid).not.toBe(0);
  expect(await stop(child)).toBe(0);
});

test.runIf(isRoot && isLinux)('a user other than root runs it as itself', async () => {
  await using folder = await mkdtempDisposable('/tmp/gateway-user-');
  await chmod(folder.path, 0o755);
  const dataDir = join(folder.path, 'data');
  await mkdir(dataDir);
  await chown(dataDir, 65_534, 65_534);
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: '0' },
    uid: 65_534,
    gid: 65_534,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await ready(child);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await stat(`/proc/${await readServer(dataDir)}`)).uid).toBe(65_534);
  expect(await stop(child)).toBe(0);
});
