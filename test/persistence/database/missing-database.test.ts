import { expect, inject, test } from 'vitest';
import { openRepository } from '../../../src/persistence/repository.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

test('a database that is not there is refused by its name, and not made', async () => {
  await using existing = await createDatabase(inject('postgresUrl'));
  const url = `${existing.url}_misspelt`;
  const open = () => openRepository({ database: { kind: 'postgres', url } });
  await expect(open()).rejects.toThrow(/_misspelt" does not exist/);
  await expect(open()).rejects.toThrow(/_misspelt" does not exist/);
});
