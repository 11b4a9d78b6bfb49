// The commands that ask a gateway, each a process of its own, as a shell runs them.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient, type GatewayClient } from '../../../client/src/index.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { openFrontDoor } from '../../support/tus/front-door.ts';

const BIN = resolve(import.meta.dirname, '../../../bin/resource-gateway.js');
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let gateway: Gateway;
let client: GatewayClient;
let folder: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  gateway = await startGateway();
  folder = await mkdtemp(join(tmpdir(), 'asking-'));
  const token = await gateway.token();
  client = createClient({ url: gateway.url, token });
  env = {
    PATH: process.env.PATH,
    HOME: folder,
    RESOURCE_GATEWAY_URL: gateway.url,
    RESOURCE_GATEWAY_TOKEN: token,
  };
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

type Options = { readonly input?: string; readonly more?: NodeJS.ProcessEnv };

const start = (args: readonly string[], more: NodeJS.ProcessEnv = {}): ChildProcess =>
  spawn(process.execPath, [BIN, ...args], { cwd: folder, env: { ...env, ...more } });

async function run(args: readonly string[], { input = '', more }: Options = {}) {
  const child = start(args, more);
  child.stdin?.end(input);
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout as never), text(child.stderr as never)]);
  const [code] = await ended;
  return { code: code as number, stdout, stderr };
}

const json = async (args: readonly string[]) => {
  const { code, stdout, stderr } = await run([...args, '--json']);
  const lines = stdout.split('\n').filter(Boolean);
  return { code, stderr, lines: lines.map((line) => JSON.parse(line) as { [key: string]: unknown }) };
};

describe('put', () => {
  test('sends files and directories, and nothing that is there already', async () => {
    await mkdir(join(folder, 'tree/inner'), { recursive: true });
    await writeFile(join(folder, 'tree/a.txt'), 'a');
    await writeFile(join(folder, 'tree/inner/b.txt'), 'b');
    const first = await run(['put', '-r', 'tree', '/put/']);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout.split('\n').sort()).toEqual(['', 'created /put/a.txt', 'created /put/inner/b.txt']);
    expect((await json(['put', 'tree/a.txt', '/put/'])).lines).toEqual([
      { path: '/put/a.txt', outcome: 'kept', sizeBytes: 1 },
    ]);
  });

  test('leaves another content that has the name, unless it is told to replace it', async () => {
    await writeFile(join(folder, 'one.txt'), 'one');
    await writeFile(join(folder, 'other.txt'), 'other');
    await run(['put', 'one.txt', '/put/named.txt']);
    const refused = await run(['put', 'other.txt', '/put/named.txt']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--replace') });
    expect((await run(['put', 'other.txt', '/put/named.txt', '--replace'])).stdout).toBe('replaced /put/named.txt\n');
    expect((await run(['get', '/put/named.txt', '-'])).stdout).toBe('other');
  });

  test('only says what it would do', async () => {
    const dry = await run(['put', 'one.txt', '/put/dry.txt', '--dry-run']);
    expect(dry).toMatchObject({ code: 0, stdout: 'created /put/dry.txt\n' });
    expect((await run(['get', '/put/dry.txt', '-'])).code).toBe(1);
  });

  test('sends what comes by a pipe, and get gives it back by one', async () => {
    const input = 'x'.repeat(3_000_000);
    expect(await run(['put', '-', '/pipe/in.txt'], { input })).toMatchObject({ code: 0, stderr: '' });
    expect((await run(['get', '/pipe/in.txt', '-'])).stdout).toBe(input);
  });

  test('goes on after a kill from where it was', async () => {
    const bytes = randomBytes(20_000_000);
    await writeFile(join(folder, 'large.bin'), bytes);
    await using door = await openFrontDoor({ cutAfterBytes: () => 12_000_000 });
    door.openTo(gateway.url);
    const through = { RESOURCE_GATEWAY_URL: door.url };
    const child = start(['put', 'large.bin', '/killed/'], through);
    const ended = once(child, 'exit');
    await expect.poll(() => door.cuts(), { timeout: 20_000 }).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await ended;
    const passed = door.passedBytes();
    expect(await run(['put', 'large.bin', '/killed/'], { more: through })).toMatchObject({ code: 0 });
    expect(door.passedBytes() - passed).toBeLessThan(14_000_000);
    const found = await client.api.resource.byPath.query({ directoryPath: '/killed', name: 'large.bin' });
    expect(found.sha256).toBe(sha256Of(bytes));
  });
});

describe('get', () => {
  test('fetches what a pattern matches, and nothing that is here already', async () => {
    await run(['put', 'one.txt', 'other.txt', '/get/']);
    await run(['put', 'one.txt', '/get/deep/one.txt']);
    const first = await run(['get', '/get/*.txt', 'fetched/']);
    expect(first.stdout.split('\n').sort()).toEqual(['', 'fetched /get/one.txt', 'fetched /get/other.txt']);
    expect((await json(['get', '-r', '/get', 'fetched'])).lines.map(({ outcome }) => outcome).sort()).toEqual([
      'fetched',
      'kept',
      'kept',
    ]);
    expect(await readFile(join(folder, 'fetched/deep/one.txt'), 'utf8')).toBe('one');
    expect(await run(['get', '/get/none.*', 'fetched/'])).toMatchObject({ code: 1 });
  });

  test('leaves nothing behind, and says so, when the disk is full', async () => {
    await writeFile(join(folder, 'big.bin'), randomBytes(3_000_000));
    await run(['put', 'big.bin', '/full/']);
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [BIN, 'get', '/full/big.bin', '-'], { env, stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    const ended = once(child, 'close');
    expect(await text(child.stderr as never)).toContain('ENOSPC');
    expect((await ended)[0]).toBe(1);
  });

  const disk = mountSmallDisk();
  test.skipIf(disk === null)('keeps what a file held when the disk is full', async () => {
    const place = join(disk ?? '', 'big.bin');
    await writeFile(place, 'before');
    const refused = await run(['get', '/full/big.bin', place]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('ENOSPC') });
    expect(await readdir(disk ?? '')).toEqual(['big.bin']);
    expect(await readFile(place, 'utf8')).toBe('before');
  });
  afterAll(() => {
    if (disk !== null) execFileSync('umount', [disk]);
  });
});

describe('sync', () => {
  const FILES = 5_000;

  test(`sends ${FILES} files though it is killed three times, and the next time nothing`, async () => {
    const tree = join(folder, 'many');
    for (let index = 0; index < FILES; index += 1) {
      const inner = join(tree, `${index % 50}`);
      if (index < 50) await mkdir(inner, { recursive: true });
      await writeFile(join(inner, `${index}.txt`), `content ${index}`);
    }
    for (let kill = 0; kill < 3; kill += 1) {
      const child = start(['sync', 'many', '/many', '--jobs', '8']);
      const ended = once(child, 'exit');
      let lines = 0;
      for await (const _ of createInterface(child.stdout as never)) {
        lines += 1;
        if (lines === 600) child.kill('SIGKILL');
      }
      expect((await ended)[1]).toBe('SIGKILL');
    }
    expect(await run(['sync', 'many', '/many', '--jobs', '8'])).toMatchObject({ code: 0 });
    await using door = await openFrontDoor();
    door.openTo(gateway.url);
    const again = await run(['sync', 'many', '/many'], { more: { RESOURCE_GATEWAY_URL: door.url } });
    expect(again).toEqual({ code: 0, stdout: '', stderr: '' });
    // The questions of the lists, and no file.
    expect(door.passedBytes()).toBeLessThan(100_000);
    const found = await json(['find', '/many']);
    expect(found.lines).toHaveLength(FILES);
  }, 300_000);

  test('ends with 130 when it is interrupted', async () => {
    const child = start(['sync', 'many', '/interrupted']);
    const ended = once(child, 'exit');
    let lines = 0;
    for await (const _ of createInterface(child.stdout as never)) {
      lines += 1;
      if (lines === 50) child.kill('SIGINT');
    }
    expect((await ended)[0]).toBe(130);
  });

  test('replaces what has changed, and removes what is only there when it is told to', async () => {
    const tree = join(folder, 'changing');
    await mkdir(tree);
    await writeFile(join(tree, 'same'), 'same');
    await writeFile(join(tree, 'changed'), 'before');
    await writeFile(join(tree, 'gone'), 'gone');
    await run(['sync', 'changing', '/changing']);
    await writeFile(join(tree, 'changed'), 'after!');
    await rm(join(tree, 'gone'));
    const second = await run(['sync', 'changing', '/changing', '--delete']);
    expect(second.stdout.split('\n').sort()).toEqual(['', 'deleted /changing/gone', 'replaced /changing/changed']);
    await run(['sync', '--down', '/changing', 'copied']);
    expect((await readdir(join(folder, 'copied'))).sort()).toEqual(['changed', 'same']);
    expect(await readFile(join(folder, 'copied/changed'), 'utf8')).toBe('after!');
    expect((await run(['sync', '--down', '/changing', 'copied'])).stdout).toBe('');
  });
});

describe('what is there', () => {
  test('is shown, found, tagged, moved and deleted', async () => {
    await run(['put', 'one.txt', 'other.txt', '/shown/']);
    await run(['put', 'one.txt', '/shown/deep/']);
    expect((await run(['ls', '/shown'])).stdout).toMatch(/ \/shown\/deep\/\n.*3 B {2}one\.txt\n.*5 B {2}other\.txt\n$/);
    expect((await run(['tag', '/shown/*.txt', '--add', 'marked'])).code).toBe(0);
    expect((await run(['find', '/shown', '--tag', 'marked'])).stdout.split('\n').sort()).toEqual([
      '',
      '/shown/one.txt',
      '/shown/other.txt',
    ]);
    expect((await run(['mv', '/shown/one.txt', '/shown/deep/two.txt'])).code).toBe(0);
    expect((await json(['mv', '/shown/deep', '/shown/moved'])).lines[0]).toMatchObject({ moved: 2 });
    expect((await run(['rm', '/shown/**', '--dry-run'])).stdout).toContain('deleted /shown/other.txt');
    expect((await run(['rm', '-r', '/shown'])).code).toBe(0);
    expect((await run(['find', '/shown'])).stdout).toBe('');
  });

  test('is told by its events, page after page', async () => {
    const { lines } = await json(['events', '--directory', '/changing']);
    expect(lines.map(({ type }) => type)).toContain('resource.created');
  });

  test('is told by what it takes', async () => {
    expect((await json(['usage'])).lines[0]).toMatchObject({ bytes: { limit: null } });
  });
});

describe('a command line', () => {
  test.each([
    { args: ['put', 'one.txt'], says: 'where to' },
    { args: ['put', 'one.txt', '/x', '--jobs', '0'], says: '--jobs' },
    { args: ['put', '-', '/x/'], says: 'with a name' },
    { args: ['ls', '--no-such-flag'], says: '--no-such-flag' },
    { args: ['no-such-command'], says: 'no-such-command' },
  ])('with a mistake ends with 2: $args', async ({ args, says }) => {
    expect(await run(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(says) });
  });

  test('without a token ends with 2', async () => {
    const { code, stderr } = await run(['ls'], { more: { RESOURCE_GATEWAY_TOKEN: '' } });
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'RESOURCE_GATEWAY_TOKEN must hold a token\n' });
  });

  test('with a token that does not hold ends with 1, and says which refusal it is', async () => {
    const { code, stderr } = await run(['ls'], { more: { RESOURCE_GATEWAY_TOKEN: 'none' } });
    expect(code).toBe(1);
    expect(stderr).toContain('(unauthenticated)');
  });

  test.each(['put', 'get', 'sync', 'ls', 'find', 'mv', 'rm', 'tag', 'events', 'usage'])(
    '%s --help',
    async (command) => {
      const { code, stdout } = await run([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`^Usage: resource-gateway ${command}`, 'm'));
    },
  );
});

/** A disk of two MiB, where one may be mounted; null elsewhere. */
function mountSmallDisk(): string | null {
  const place = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', place], { stdio: 'ignore' });
    return place;
  } catch {
    console.warn('no disk may be mounted here: a full one is tried as /dev/full alone');
    return null;
  }
}
