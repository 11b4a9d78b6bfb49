import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createStorageKey } from '../../src/domain/ids.ts';
import { openDirectoryStore } from '../../src/storage/directory-store.ts';
import { describeBlobStore } from './blob-store-contract.ts';
import { patternOf } from './bytes.ts';

async function openTemporary() {
  const directory = await mkdtemp(join(tmpdir(), 'blobs-'));
  const store = await openDirectoryStore({ directory: join(directory, 'made', 'on', 'demand') });
  return {
    store,
    directory: join(directory, 'made', 'on', 'demand'),
    remove: () => rm(directory, { recursive: true }),
  };
}

describeBlobStore('the directory store', { open: openTemporary, faithful: true });

describe('the directory store, being files', () => {
  const { signal } = new AbortController();
  const HOSTILE = [
    '',
    '/etc/x',
    '../x',
    'a/../../x',
    'a/..',
    'a//b',
    'a/',
    '.staging/x',
    'a/.hidden',
    'a\\..\\x',
    'a\0b',
  ];

  it.each(HOSTILE)('refuses the key %j for every purpose', async (key) => {
    const { store, remove } = await openTemporary();
    await using _ = { [Symbol.asyncDispose]: remove };
    await expect(store.stage(patternOf(1), { key, signal })).rejects.toMatchObject({ code: 'internal' });
    await expect(store.read(key, { signal, range: null })).rejects.toMatchObject({ code: 'internal' });
    await expect(store.delete(key, { signal })).rejects.toMatchObject({ code: 'internal' });
    await store.close();
  });

  it('stores files that only its own user may read', async () => {
    const { store, directory, remove } = await openTemporary();
    await using _ = { [Symbol.asyncDispose]: remove };
    const key = createStorageKey();
    await (await store.stage(patternOf(1), { key, signal })).commit({ signal });
    expect((await stat(join(directory, key))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    await store.close();
  });

  it('makes a folder again that somebody removed while it was open', async () => {
    const { store, directory, remove } = await openTemporary();
    await using _ = { [Symbol.asyncDispose]: remove };
    for (const key of ['7f/first', '7f/second']) {
      await (await store.stage(patternOf(1), { key, signal })).commit({ signal });
      await rm(join(directory, '7f'), { recursive: true });
    }
    await (await store.stage(patternOf(1), { key: '7f/third', signal })).commit({ signal });
    expect(await readdir(join(directory, '7f'))).toEqual(['third']);
    await store.close();
  });

  it('tells the operator which folder cannot be used', async () => {
    const { store, directory, remove } = await openTemporary();
    await using _ = { [Symbol.asyncDispose]: remove };
    await writeFile(join(directory, 'a-file'), '');
    const opening = openDirectoryStore({ directory: join(directory, 'a-file', 'blobs') });
    await expect(opening).rejects.toThrow(/cannot keep blobs in .*a-file\/blobs .*; give a folder/);
    await store.close();
  });
});
