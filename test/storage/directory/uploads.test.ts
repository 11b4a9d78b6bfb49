import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDirectoryStore } from '../../../src/storage/directory/store.ts';
import { describeUploadStore } from '../../support/storage/upload-store-contract.ts';

describeUploadStore('the directory store', {
  pieceBytes: 1024 * 1024,
  open: async () => {
    const directory = await mkdtemp(join(tmpdir(), 'uploads-'));
    return {
      store: await openDirectoryStore({ directory }),
      again: () => openDirectoryStore({ directory }),
      remove: () => rm(directory, { recursive: true }),
    };
  },
});
