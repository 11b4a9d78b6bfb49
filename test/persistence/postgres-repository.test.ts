import { inject } from 'vitest';
import { openRepository } from '../../src/persistence/repository.ts';
import { describeRepository } from '../support/persistence/repository-suite.ts';
import { createDatabase } from '../support/servers/postgres.ts';

describeRepository('PostgreSQL', async () => {
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
