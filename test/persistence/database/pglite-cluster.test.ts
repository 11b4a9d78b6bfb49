import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtempDisposable, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { openCluster } from '../../../src/persistence/database/pglite-cluster.ts';
import { openRepository } from '../../../src/persistence/repository.ts';

describe("PGlite's directory", () => {
  it('serves one process, is free after SIGKILL, and holds every record acknowledged until then', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'gateway-pglite-'));
    const directory = join(folder.path, 'postgres');
    const holder = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../support/persistence/pglite-holder.ts'), directory],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const acknowledged: string[] = [];
    const enough = Promise.withResolvers<void>();
    createInterface(holder.stdout).on('line', (id) => {
      if (acknowledged.push(id) === 100) enough.resolve();
    });
    await enough.promise;
    const database = { kind: 'pglite', directory } as const;
    await expect(openRepository({ database })).rejects.toThrow('is in use by another process');

    const closed = once(holder, 'close');
    holder.kill('SIGKILL');
    await closed;
    const repository = await openRepository({ database });
    const call = { signal: new AbortController().signal };
    const found = await Promise.all(acknowledged.map((id) => repository.findById({ accountId: 'acme', id }, call)));
    await repository.close();
    expect(found.map((resource) => resource?.id)).toEqual(acknowledged);
  });

  it('is made anew when a first start was cut off half-way', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'gateway-pglite-'));
    await mkdir(join(folder.path, 'postgres.unfinished', 'base'), { recursive: true });
    const cluster = await openCluster(join(folder.path, 'postgres'));
    const { rows } = await cluster.client.query(`select current_setting('fsync') as fsync`);
    await cluster.close();
    expect(rows).toEqual([{ fsync: 'on' }]);
    expect((await readdir(folder.path)).sort()).toEqual(['postgres', 'postgres.lock']);
  });
});
