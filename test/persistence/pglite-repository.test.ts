import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRepository } from '../../src/persistence/repository.ts';
import { describeRepository } from '../support/persistence/repository-suite.ts';

describeRepository('PGlite', async () => {
  const folder = await mkdtempDisposable(join(tmpdir(), 'gateway-pglite-'));
  const repository = await openRepository({ database: { kind: 'pglite', directory: join(folder.path, 'postgres') } });
  return {
    repository,
    dispose: async () => {
      await repository.close();
      await folder[Symbol.asyncDispose]();
    },
  };
});
