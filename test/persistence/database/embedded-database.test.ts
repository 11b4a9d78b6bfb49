import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtempDisposable, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { openEmbedded } from '../../../src/persistence/database/embedded/open-embedded.ts';
import { openRepository, type Repository } from '../../../src/persistence/repository.ts';
import { createContent, createRecord } from '../../support/persistence/records.ts';

const HOLDER = join(import.meta.dirname, '../../support/persistence/embedded-holder.ts');
const call = { signal: new AbortController().signal };
const locate = (directory: string) => ({ kind: 'embedded', directory, url: null }) as const;

async function openFolder(name = 'postgres') {
  const folder = await mkdtempDisposable(join(tmpdir(), 'gateway-embedded-'));
  return { directory: join(folder.path, name), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** A process that has stored at least a hundred records and goes on. */
async function startHolder(directory: string) {
  const holder = spawn(process.execPath, [HOLDER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: string[] = [];
  const enough = Promise.withResolvers<void>();
  createInterface(holder.stdout).on('line', (id) => {
    if (acknowledged.push(id) === 100) enough.resolve();
  });
  holder.once('exit', () => enough.reject(new Error('the holder ended')));
  await enough.promise;
  return { holder, acknowledged };
}

async function kill(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

async function findMissing(repository: Repository, ids: readonly string[]): Promise<string[]> {
  const found = await Promise.all(ids.map((id) => repository.findById({ accountId: 'acme', id }, call)));
  return ids.filter((_id, index) => found[index] === null);
}

const readLeader = async (directory: string) =>
  Number.parseInt(await readFile(join(directory, 'postmaster.pid'), 'utf8'), 10);

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const SILENT = { maxConnections: 20, log: () => {}, onStep: () => {} };

describe('the embedded database', () => {
  it('serves one process, is free after SIGKILL, and holds every record acknowledged until then', async () => {
    await using folder = await openFolder();
    const { holder, acknowledged } = await startHolder(folder.directory);
    const database = locate(folder.directory);
    await expect(openRepository({ database })).rejects.toThrow('is in use by another process');
    await kill(holder);
    const repository = await openRepository({ database });
    expect(await findMissing(repository, acknowledged)).toEqual([]);
    await repository.close();
  });

  it('ends with the process that opened it, however that ends', async () => {
    await using folder = await openFolder();
    const { holder } = await startHolder(folder.directory);
    const server = await readLeader(folder.directory);
    await kill(holder);
    await expect.poll(() => isAlive(server), { timeout: 20_000 }).toBe(false);
  });

  it.runIf(process.platform === 'linux')('ends a server that nobody is left to end, and loses nothing', async () => {
    await using folder = await openFolder();
    const { holder, acknowledged } = await startHolder(folder.directory);
    const server = await readLeader(folder.directory);
    // Who would end it when the holder is gone.
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
      const place = await readlink(`/proc/${pid}/cwd`).catch(() => null);
      const program = await readlink(`/proc/${pid}/exe`).catch(() => '');
      if (place === folder.directory && !program.endsWith('/postgres')) process.kill(pid, 'SIGKILL');
    }
    await kill(holder);
    expect(isAlive(server)).toBe(true);
    const repository = await openRepository({ database: locate(folder.directory) });
    // Whoever inherits it takes note of its end in its own time.
    await expect.poll(() => isAlive(server), { timeout: 20_000 }).toBe(false);
    expect(await findMissing(repository, acknowledged)).toEqual([]);
    await repository.close();
  });

  it('is started again when its server is killed, has all that was acknowledged, and goes on', async () => {
    await using folder = await openFolder();
    const told: string[] = [];
    const repository = await openRepository({ database: locate(folder.directory), log: (line) => told.push(line) });
    const store = async () => {
      const record = createRecord();
      expect((await repository.insert(record, createContent())).kind).toBe('created');
      return record.id;
    };
    const before = [];
    for (let count = 0; count < 30; count += 1) before.push(await store());
    process.kill(await readLeader(folder.directory), 'SIGKILL');
    await expect
      .poll(() => told, { timeout: 30_000 })
      .toContain('the embedded database ended with SIGKILL; starting it again');
    await expect.poll(() => repository.check(call).then(() => 'answers', String), { timeout: 30_000 }).toBe('answers');
    expect(await findMissing(repository, [...before, await store()])).toEqual([]);
    await repository.close();
  });

  it('is on the disk when it says so, and can be reached by nobody else', async () => {
    await using folder = await openFolder();
    const server = await openEmbedded(folder.directory, SILENT);
    const names = ['fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums', 'listen_addresses'];
    const rows = await query(server.url, `select ${names.map((name) => `current_setting('${name}') as ${name}`)}`);
    const pid = await readLeader(folder.directory);
    await server.close();
    expect(rows).toEqual([
      { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', data_checksums: 'on', listen_addresses: '' },
    ]);
    expect((await stat(folder.directory)).mode & 0o777).toBe(0o700);
    expect(isAlive(pid)).toBe(false);
  });

  it('lies in a folder with spaces, and deeper than a socket may', async () => {
    await using folder = await openFolder(join("the user's data", 'a'.repeat(60), 'b'.repeat(60), 'ünï', 'postgres'));
    const server = await openEmbedded(folder.directory, SILENT);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.close();
  });

  it('is made anew when a first start was cut off half-way', async () => {
    await using folder = await openFolder();
    await mkdir(join(`${folder.directory}.unfinished`, 'base'), { recursive: true });
    const server = await openEmbedded(folder.directory, SILENT);
    await server.close();
    expect((await readdir(join(folder.directory, '..'))).sort()).toEqual(['postgres', 'postgres.lock']);
  });

  it("starts although a killed server's process id is somebody else's by now", async () => {
    await using folder = await openFolder();
    await (await openEmbedded(folder.directory, SILENT)).close();
    await writeFile(join(folder.directory, 'postmaster.pid'), `${process.pid}\n${folder.directory}\n`);
    const server = await openEmbedded(folder.directory, SILENT);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.close();
  });

  it.runIf(process.getuid?.() === 0)('is taken from root, who has brought it back from a backup', async () => {
    await using folder = await openFolder();
    await (await openEmbedded(folder.directory, SILENT)).close();
    await promisify(execFile)('chown', ['-R', '0:0', folder.directory]);
    const server = await openEmbedded(folder.directory, SILENT);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.close();
  });

  it('is refused when another version of PostgreSQL made it', async () => {
    await using folder = await openFolder();
    await (await openEmbedded(folder.directory, SILENT)).close();
    await writeFile(join(folder.directory, 'PG_VERSION'), '17\n');
    await expect(openEmbedded(folder.directory, SILENT)).rejects.toThrow(/was made by PostgreSQL 17, .* brings 18/);
  });
});
