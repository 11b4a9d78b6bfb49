import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createStorageKey } from '../../../src/domain/fields/ids.ts';
import { createBufferPool } from '../../../src/domain/flow/buffer-pool.ts';
import { allocateAligned, takesDirect } from '../../../src/storage/directory/direct-io.ts';
import { createFolders } from '../../../src/storage/directory/folders.ts';
import { PIECE_BYTES, stageInDirectory } from '../../../src/storage/directory/staging.ts';
import { openDirectoryStore } from '../../../src/storage/directory/store.ts';
import { describeBlobStore } from '../../support/storage/blob-store-contract.ts';
import { digestOf, patternOf } from '../../support/storage/bytes.ts';

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
    await expect(store.stage(patternOf(1), { accountId: 'acme', key, signal })).rejects.toMatchObject({
      code: 'internal',
    });
    await expect(store.read(key, { signal, range: null })).rejects.toMatchObject({ code: 'internal' });
    await expect(store.delete(key, { signal })).rejects.toMatchObject({ code: 'internal' });
    await store.close();
  });

  it('stores files that only its own user may read', async () => {
    const { store, directory, remove } = await openTemporary();
    await using _ = { [Symbol.asyncDispose]: remove };
    const key = createStorageKey();
    await (await store.stage(patternOf(1), { accountId: 'acme', key, signal })).commit({ signal });
    expect((await stat(join(directory, key))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    await store.close();
  });

  it('makes a folder again that somebody removed while it was open', async () => {
    const { store, directory, remove } = await openTemporary();
    await using _ = { [Symbol.asyncDispose]: remove };
    for (const key of ['7f/first', '7f/second']) {
      await (await store.stage(patternOf(1), { accountId: 'acme', key, signal })).commit({ signal });
      await rm(join(directory, '7f'), { recursive: true });
    }
    await (await store.stage(patternOf(1), { accountId: 'acme', key: '7f/third', signal })).commit({ signal });
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

  // What a temporary folder allows depends on the machine, so each way is taken by hand.
  it.each([262_145, PIECE_BYTES, 2 * PIECE_BYTES + 1])(
    'keeps %i bytes alike, past the page cache or through it',
    async (sizeBytes) => {
      const directory = await mkdtemp(join(tmpdir(), 'blobs-'));
      await using _ = { [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
      const folders = createFolders();
      const buffers = createBufferPool({ bytes: PIECE_BYTES, maxSpare: 2, allocate: allocateAligned });
      for (const isDirect of [false, await takesDirect(join(directory, 'probe'))]) {
        const [stagingPath, targetPath] = [join(directory, 'staged'), join(directory, `blob-${isDirect}`)];
        const options = { stagingPath, targetPath, folders, buffers, isDirect, signal };
        await (await stageInDirectory(patternOf(sizeBytes), options)).commit({ signal });
        expect(await digestOf(createReadStream(targetPath))).toEqual(await digestOf(patternOf(sizeBytes)));
      }
      await folders.close();
    },
  );

  it('knows that nothing can be written directly where nothing can be written', async () => {
    expect(await takesDirect(join(tmpdir(), 'missing', 'folder', 'probe'))).toBe(false);
  });
});
