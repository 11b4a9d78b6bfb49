import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { openRepository } from '../../../src/persistence/repository.ts';
import { describeIdempotencyKeys } from '../../support/persistence/idempotency-suite.ts';
import { createPartitionedDatabase } from '../../support/persistence/partitioned.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

describeIdempotencyKeys('PGlite', async () => {
  const cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await mkdtempDisposable(join(tmpdir(), 'gateway-pglite-')));
  const database = { kind: 'pglite', directory: join(folder.path, 'postgres') } as const;
  const repository = cleanup.adopt(await openRepository({ database }), (opened) => opened.close());
  return { repository, dispose: () => cleanup.disposeAsync() };
});

async function open(create: typeof createDatabase) {
  const cleanup = new AsyncDisposableStack();
  const { url } = cleanup.use(await create(inject('postgresUrl')));
  const database = { kind: 'postgres', url } as const;
  const repository = cleanup.adopt(await openRepository({ database }), (opened) => opened.close());
  return { repository, dispose: () => cleanup.disposeAsync() };
}

describeIdempotencyKeys('PostgreSQL', () => open(createDatabase));
describeIdempotencyKeys('PostgreSQL, partitioned by account', () => open(createPartitionedDatabase));
