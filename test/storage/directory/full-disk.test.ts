import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { openDirectoryStore } from '../../../src/storage/directory/store.ts';
import { patternOf } from '../../support/storage/bytes.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;
const DISK_BYTES = 4 * MIB;

/** A disk of `DISK_BYTES`, or null where this user may not mount one. */
async function openSmallDisk() {
  const directory = await mkdtemp(join(tmpdir(), 'small-disk-'));
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', directory]).then(
    () => true,
    () => false,
  );
  const remove = async (): Promise<void> => {
    if (mounted) await run('umount', ['-l', directory]);
    await rm(directory, { recursive: true });
  };
  if (mounted) return { directory, [Symbol.asyncDispose]: remove };
  await remove();
  return null;
}

it('refuses content larger than the room on the disk, frees what it wrote and goes on with what fits', async (context) => {
  await using disk = await openSmallDisk();
  if (disk === null) return context.skip('this user may not mount a small disk');
  const { signal } = new AbortController();
  const store = await openDirectoryStore({ directory: disk.directory });
  await (await store.stage(patternOf(3 * MIB), { accountId: 'acme', key: '01/first', signal })).commit({ signal });

  for (const sizeBytes of [2 * MIB, MIB + 1]) {
    const storing = store
      .stage(patternOf(sizeBytes), { accountId: 'acme', key: '01/second', signal })
      .then((staged) => staged.commit({ signal }));
    await expect(storing).rejects.toMatchObject({ code: 'internal', cause: { cause: { code: 'ENOSPC' } } });
    expect(await readdir(join(disk.directory, '.staging'))).toEqual([]);
  }
  await (await store.stage(patternOf(MIB / 2), { accountId: 'acme', key: '01/third', signal })).commit({ signal });
  expect((await readdir(join(disk.directory, '01'))).sort()).toEqual(['first', 'third']);
  await store.close();
});
