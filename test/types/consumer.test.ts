import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
const MODULES = join(ROOT, 'node_modules');

/** A project of its own: our package by path, the tRPC client, and nothing else. */
async function createProject() {
  const directory = await mkdtemp(join(tmpdir(), 'gateway-consumer-'));
  await cp(join(import.meta.dirname, 'consumer'), directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), '{ "type": "module", "private": true }');
  await mkdir(join(directory, 'node_modules/@trpc'), { recursive: true });
  await symlink(ROOT, join(directory, 'node_modules/resource-gateway'));
  for (const name of ['client', 'server'])
    await symlink(join(MODULES, '@trpc', name), join(directory, 'node_modules/@trpc', name));
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

test('a strict project of somebody else compiles against our types and talks to a gateway', async () => {
  await using project = await createProject();
  const compiled = await run(join(MODULES, '.bin/tsc'), ['-p', project.directory]).catch((error) => error);
  expect(compiled.stdout).toBe('');
  await using gateway = await startGateway();
  const { stdout } = await run(process.execPath, [
    join(project.directory, 'out/client.js'),
    gateway.url,
    await gateway.token(),
  ]);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    ['consumer-single.txt', 5, { from: ['a', 'consumer'] }],
    ['consumer-batched.txt', 5, { from: ['a', 'consumer'] }],
  ]);
});
