// What a command shows somebody who sits before a terminal: a real one, which util-linux's `script` makes.
import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startGateway } from '../../support/gateway.ts';

const BIN = resolve(import.meta.dirname, '../../../bin/resource-gateway.js');
const BYTES = 48_000_000;
const hasTerminal = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;
const why = hasTerminal ? '' : ' (skipped: no util-linux script on this machine)';

test.skipIf(!hasTerminal)(
  `a terminal is shown each file and the total as they move, and nothing else is${why}`,
  async () => {
    await using cleanup = new AsyncDisposableStack();
    const gateway = cleanup.use(await startGateway());
    const { path: folder } = cleanup.use(await mkdtempDisposable(join(tmpdir(), 'terminal-')));
    await writeFile(join(folder, 'large.bin'), randomBytes(BYTES));
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      TERM: 'xterm',
      RESOURCE_GATEWAY_URL: gateway.url,
      RESOURCE_GATEWAY_TOKEN: await gateway.token(),
    };
    const run = promisify(execFile);
    const put = (to: string) => [BIN, 'put', 'large.bin', to];
    const line = [process.execPath, ...put('/seen/')].map((word) => `'${word}'`).join(' ');
    const seen = (await run('script', ['--quiet', '--return', '--command', line, '/dev/null'], { cwd: folder, env }))
      .stdout;
    expect(seen).toMatch(/\d+% .*\/45\.8 MiB.*large\.bin/);
    expect(seen).toMatch(/ [KM]iB\/s \d+:\d\d left total/);
    // The cursor comes back, the lines go, and the result stays.
    expect(seen.lastIndexOf('\u001b[?25h')).toBeGreaterThan(seen.lastIndexOf('\u001b[?25l'));
    expect(seen).toContain('/seen/large.bin');
    const piped = await run(process.execPath, put('/unseen/'), { cwd: folder, env });
    expect(piped).toMatchObject({ stderr: '', stdout: expect.stringContaining('/unseen/large.bin') });
  },
);
