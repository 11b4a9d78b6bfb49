import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { openRepository } from '../../../src/persistence/repository.ts';
import { describeUploads } from '../../support/persistence/upload-suite.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

describeUploads('PostgreSQL', async () => {
  const database = await createDatabase(inject('postgresUrl'));
  const repository = await openRepository({ database: { kind: 'postgres', url: database.url } });
  return {
    repository,
    dispose: async () => {
      await repository.close();
      await database[Symbol.asyncDispose]();
    },
  };
});

describeUploads('PGlite', async () => {
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
