import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

test('a SIGTERM to npm start, and to npm alone, ends the gateway', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'npm-start-'));
  const { PATH, HOME } = process.env;
  const child = spawn('npm', ['start'], {
    cwd: resolve(import.meta.dirname, '../..'),
    env: { PATH, HOME, DATA_DIR: dataDir, PORT: '0' },
    // A group of its own, so that nothing but npm gets the signal and what is left over can be ended.
    detached: true,
  });
  try {
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    await expect.poll(() => output, { timeout: 45_000 }).toContain('"msg":"listening"');
    const pid = Number(/"pid":(\d+)/.exec(output)?.[1]);
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  } finally {
    try {
      process.kill(-(child.pid as number), 'SIGKILL');
    } catch {
      // Nothing is left of the group: what is hoped for.
    }
    await rm(dataDir, { recursive: true, force: true });
  }
});
