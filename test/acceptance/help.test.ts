import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

describe('the doctor', () => {
  test('looks at everything and finds a fresh deployment well', async () => {
    const { code, stdout } = await runScript(['src/commands/doctor.ts'], { DATA_DIR: dataDir });
    const looks = ['database', 'store', 'store label', 'keys', 'disk', 'clock', 'public address'];
    for (const what of looks) expect(stdout).toMatch(new RegExp(`^ok    ${what}: .+`, 'm'));
    expect(stdout).toMatch(/^\d+ attacks tried, 0 would be let through$/m);
    expect(code).toBe(0);
  });

  test('names each thing that is wrong, and goes on to the next', async () => {
    const nowhere = 'http://127.0.0.1:1';
    const { code, stdout } = await runScript(['src/commands/doctor.ts'], {
      DATA_DIR: dataDir,
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      AUTH_JWKS_URL: nowhere,
      AUTH_ISSUER: 'a',
      AUTH_AUDIENCE: 'b',
      PUBLIC_URL: nowhere,
    });
    for (const what of ['database', 'keys', 'clock', 'public address'])
      expect(stdout).toMatch(new RegExp(`^WRONG ${what}: .+`, 'm'));
    expect(stdout).toMatch(/^ok {4}store: /m);
    expect(code).toBe(1);
  });
});
