import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runScript } from '../support/acceptance/process.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'help-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const COMMANDS = [
  'src/main.ts',
  'src/commands/token.ts',
  'src/commands/sweep.ts',
  'src/commands/verify.ts',
  'src/commands/account.ts',
  'src/commands/doctor.ts',
  'bench/main.ts',
];

test.each(COMMANDS)('%s answers --help, whatever the configuration', async (script) => {
  const { code, stdout } = await runScript([script, '--help'], { PORT: 'none' });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Usage: npm (start|run) /m);
  expect(stdout).toContain('--help');
});

test('a flag that there is not keeps the gateway from starting', async () => {
  const { code, stderr } = await runScript(['src/main.ts', '--prot=3000'], { DATA_DIR: dataDir });
  expect(code).toBe(2);
  expect(stderr).toContain('--prot');
});
