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
