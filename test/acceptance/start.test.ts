import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { runScript, spawnGateway } from '../support/acceptance/process.ts';
import { createDatabase } from '../support/servers/postgres.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-start-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a bare shell says to the line that a gateway printed. */
async function paste(output: string): Promise<unknown> {
  const line = /^ {2}(curl .*)$/m.exec(output)?.[1] as string;
  const { PATH, HOME } = process.env;
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { cwd: '/', env: { PATH, HOME } });
  return JSON.parse(stdout);
}

test('a first start tells each step, then where things are kept, and a line that works from anywhere', async () => {
  const dataDir = join(folder, "the user's data");
  await using first = await spawnGateway({ dataDir });
  await expect.poll(() => first.output()).toContain('curl -s');
  const text = first.output();
  const told = [
    /^Resource gateway \d+\.\d+\.\d+ is starting\n/,

    `making the embedded database in ${dataDir}/postgres`,
    `starting the embedded database in ${dataDir}/postgres\n`,
    `waiting for the directory ${dataDir}/blobs\n`,
    `\nRecords: the embedded database in ${dataDir}/postgres\n`,
    `\nBlobs: the directory ${dataDir}/blobs; contents up to 16384 bytes with the records\n`,
    // A database that the install has packed has its tables already.
    /\nMigrations applied at this start: (?:none was due|Migration20\d+, .*Migration20\d+)\n/,
  ];
  const places = told.map((what) => (typeof what === 'string' ? text.indexOf(what) : text.search(what)));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(text).not.toMatch(/"level":(?:40|50|60)/);
  expect(await paste(text)).toMatchObject({ name: 'hello.txt', size_bytes: 5, account_id: 'acme' });
  expect(await first.stop()).toBe(0);
});

test('in production only the log is written: each step, then the places without a password', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  const url = new URL(database.url);
  await using gateway = await spawnGateway({
    env: {
      NODE_ENV: 'production',
      DATABASE_URL: database.url,
      AUTH_JWKS_URL: 'http://127.0.0.1:1/keys',
      AUTH_ISSUER: 'a',
      AUTH_AUDIENCE: 'b',
      STOP_DELAY_MS: '0',
    },
  });
  const lines = gateway
    .output()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0].msg).toMatch(/is starting$/);
  const name = url.pathname.slice(1);
  expect(lines.find(({ msg }) => msg === 'listening')).toMatchObject({
    records: `the PostgreSQL database ${name} at ${url.host}`,
    blobs: expect.stringContaining(`the directory ${gateway.dataDir}/blobs`),
    appliedMigrations: expect.arrayContaining([expect.stringMatching(/^Migration20/)]),
  });
  expect(url.password).not.toBe('');
  expect(gateway.output()).not.toContain(url.password);
  expect(await gateway.stop()).toBe(0);
});

test('the first line is there before any package is loaded', async () => {
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      if (!/^(node:|file:|[./])/.test(name)) throw new Error('a package was asked for: ' + name);
      return next(name, context);
    } });`;
  const refuseAll = `data:text/javascript,${encodeURIComponent(hook)}`;
  const { code, stdout, stderr } = await runScript(['--import', refuseAll, 'src/main.ts'], { DATA_DIR: folder });
  expect(stdout).toMatch(/^Resource gateway \d+\.\d+\.\d+ is starting\n/);
  expect(stderr).toBe('Cannot start: a package was asked for: zod\n');
  expect(code).toBe(1);
});

test('a DATA_DIR that cannot be made is told once, with its path and why, and without a stack', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  const dataDir = join(file, 'data');
  const { code, stderr } = await runScript(['src/main.ts'], { PORT: '0', DATA_DIR: dataDir });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Cannot start: DATA_DIR .* cannot be used: ENOTDIR.*\n$/);
  expect(stderr).toContain(dataDir);
});

test.skipIf(process.getuid?.() !== 0)('a DATA_DIR that may not be written is told with EACCES', async () => {
  const dataDir = join(folder, 'of-root');
  await mkdir(dataDir, { mode: 0o755 });
  // Permissions do not stop root, whom the tests may run as.
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: resolve(import.meta.dirname, '../..'),
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: '0' },
    uid: 65_534,
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  expect(stderr).toMatch(/^Cannot start: DATA_DIR .* cannot be used: EACCES; .*\n$/);
  expect(stderr).toContain(dataDir);
  expect(code).toBe(1);
});

const NOWHERE = 'postgres://someone:the-secret-word@127.0.0.1:1/records';

test('several processes that cannot start say so once, naming the database without its password', async () => {
  const env = { PORT: '0', DATA_DIR: join(folder, 'nowhere'), DATABASE_URL: NOWHERE, WORKERS: '2' };
  const { code, stdout, stderr } = await runScript(['src/main.ts'], env);
  const why = 'connect ECONNREFUSED 127.0.0.1:1';
  expect(stderr).toBe(`Cannot start: the PostgreSQL database records at 127.0.0.1:1 cannot be used: ${why}\n`);
  expect(stdout + stderr).not.toContain('the-secret-word');
  expect(code).toBe(1);
});

test('LOG_LEVEL=debug adds the stack, and what caused it', async () => {
  const env = { PORT: '0', DATA_DIR: join(folder, 'nowhere'), DATABASE_URL: NOWHERE, LOG_LEVEL: 'debug' };
  const { code, stderr } = await runScript(['src/main.ts'], env);
  expect(stderr.match(/^Cannot start: /gm)).toHaveLength(1);
  expect(stderr).toMatch(/^ {4}at /m);
  expect(stderr).toMatch(/^caused by .*ECONNREFUSED/m);
  expect(code).toBe(1);
});

test('a port that is taken is told once, with 1', async () => {
  await using database = await createDatabase(inject('postgresUrl'));
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const env = { PORT: String(port), DATA_DIR: join(folder, 'taken'), DATABASE_URL: database.url };
  const { code, stderr } = await runScript(['src/main.ts'], env).finally(() => other.close());
  expect(stderr).toBe(`Cannot start: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`);
  expect(code).toBe(1);
});
