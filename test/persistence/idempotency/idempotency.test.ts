import { inject } from 'vitest';
import { openRepository } from '../../../src/persistence/repository.ts';
import { describeIdempotencyKeys } from '../../support/persistence/idempotency-suite.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

describeIdempotencyKeys('PostgreSQL', async () => {
  const cleanup = new AsyncDisposableStack();
  const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
  const database = { kind: 'postgres', url } as const;
  const repository = cleanup.adopt(await openRepository({ database }), (opened) => opened.close());
  return { repository, dispose: () => cleanup.disposeAsync() };
});
