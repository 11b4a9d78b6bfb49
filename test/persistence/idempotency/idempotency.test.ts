import { inject } from 'vitest';
import { openRepository } from '../../../src/persistence/repository.ts';
import { describeIdempotencyKeys } from '../../support/persistence/idempotency-suite.ts';
import { createPartitionedDatabase } from '../../support/persistence/partitioned.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

async function open(create: typeof createDatabase) {
  const cleanup = new AsyncDisposableStack();
  const { url } = cleanup.use(await create(inject('postgresUrl')));
  const database = { kind: 'postgres', url } as const;
  const repository = cleanup.adopt(await openRepository({ database }), (opened) => opened.close());
  return { repository, dispose: () => cleanup.disposeAsync() };
}

describeIdempotencyKeys('PostgreSQL', () => open(createDatabase));
describeIdempotencyKeys('PostgreSQL, partitioned by account', () => open(createPartitionedDatabase));
