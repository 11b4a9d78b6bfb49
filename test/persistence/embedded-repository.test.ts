import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRepository } from '../../src/persistence/repository.ts';
import { describeRepository } from '../support/persistence/repository-suite.ts';

describeRepository('the embedded database', async () => {
  const folder = await mkdtempDisposable(join(tmpdir(), 'gateway-embedded-'));
  const repository = await openRepository({
    database: { kind: 'embedded', directory: join(folder.path, 'postgres'), url: null },
  });
  return {
    repository,
    dispose: async () => {
      await repository.close();
      await folder[Symbol.asyncDispose]();
    },
  };
});
