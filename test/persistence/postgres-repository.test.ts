import { describe, inject, it } from 'vitest';
import { openRepository } from '../../src/persistence/repository.ts';
import { createPartitionedDatabase } from '../support/persistence/partitioned.ts';
import { describeRepository } from '../support/persistence/repository-suite.ts';
import { createDatabase, startPostgres } from '../support/servers/postgres.ts';
import { findInstalledPrograms } from '../support/servers/postgres-binaries.ts';

async function open(serverUrl: string, create = createDatabase) {
  const database = await create(serverUrl);
  const repository = await openRepository({ database: { kind: 'postgres', url: database.url } });
  return {
    repository,
    dispose: async () => {
      await repository.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

describeRepository('PostgreSQL', () => open(inject('postgresUrl')));
describeRepository('PostgreSQL, partitioned by account', () => open(inject('postgresUrl'), createPartitionedDatabase));

// The oldest version that the README promises.
const programs = findInstalledPrograms(15);
if (programs === null) {
  describe('records in PostgreSQL 15', () => it.skip('needs its programs, as the package postgresql-15 installs them'));
} else {
  describeRepository('PostgreSQL 15', async () => {
    const server = await startPostgres({ programs });
    const opened = await open(server.url);
    return {
      repository: opened.repository,
      dispose: async () => {
        await opened.dispose();
        await server[Symbol.asyncDispose]();
      },
    };
  });
}
