import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

test('what a user runs by npm has nothing that cmd.exe does not understand, with an exec of ours', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  for (const name of ['start', 'token', 'sweep', 'verify', 'doctor', 'dev']) {
    expect(scripts[name], name).toMatch(/^exec node [\w .,=/-]+$/);
    expect(scripts[name], name).not.toMatch(/(?:^|\s)\w+=/);
  }
});

test('cmd.exe runs what follows exec, with all that npm adds', async () => {
  await using folder = await mkdtempDisposable(`${tmpdir()}/exec-`);
  const { writeWindowsExec } = await import(join(ROOT, 'scripts/windows-exec.js'));
  writeWindowsExec(folder.path);
  writeWindowsExec(folder.path);
  expect(await readFile(join(folder.path, '.bin', 'exec.cmd'), 'utf8')).toBe('@%*\r\n');
});
