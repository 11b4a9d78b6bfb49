import { expect, inject, it } from 'vitest';
import { openPostgresDatabase } from '../../../src/persistence/database/postgres-database.ts';
import { openRepository } from '../../../src/persistence/repository.ts';
import { createContent, createRecord } from '../../support/persistence/records.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

/** What each create looks for, as the shared insert and the foreign keys do, and the index that finds it. */
const LOOKS = [
  { index: 'blobs_account_id_sha256_unique', text: 'select from blobs where account_id = $1 and sha256 = $2' },
  {
    index: 'resources_account_id_directory_path_name_unique',
    text: 'select from resources where account_id = $1 and directory_path = $2 and name = $3',
  },
  { index: 'blobs_pkey', text: 'select from only blobs x where account_id = $1 and id = $2 for key share of x' },
  {
    index: 'resources_pkey',
    text: 'select from only resources x where account_id = $1 and id = $2 for key share of x',
  },
];

it.each([
  { says: 'of one account', accountOf: () => 'acme' },
  { says: 'of accounts that have one record each', accountOf: (number: number) => `a${number}` },
])('the first records $says bring plans that find one row by all of its key', async ({ accountOf }) => {
  await using opened = new AsyncDisposableStack();
  const { url } = opened.use(await createDatabase(inject('postgresUrl')));
  const repository = await openRepository({ database: { kind: 'postgres', url } });
  opened.defer(() => repository.close());
  const quiet = { maxConnections: 1, log: () => {}, onStep: () => {} };
  const database = await openPostgresDatabase(url, quiet);
  opened.defer(() => database.close());
  const run = (text: string) => database.run<{ readonly 'QUERY PLAN': string }>({ name: '', text, values: [] });
  await run('set plan_cache_mode = force_generic_plan');
  for (const [number, { text }] of LOOKS.entries()) await run(`prepare look_${number} as ${text}`);

  async function findIndexes(): Promise<string[]> {
    const found: string[] = [];
    for (const [number, { text }] of LOOKS.entries()) {
      const values = [...text.matchAll(/(\w+) = \$/g)].map(([, column]) => (column === 'id' ? 'null::uuid' : `'x'`));
      const plan = (await run(`explain execute look_${number} (${values.join(', ')})`)).map((row) => row['QUERY PLAN']);
      found.push(/using (\w+)/.exec(plan.join('\n'))?.[1] ?? plan.join('\n'));
    }
    return found;
  }
  // Planned while there is nothing, when all indexes look alike.
  await findIndexes();
  const creates = Array.from({ length: 200 }, (_, number) =>
    repository.insert(createRecord({ accountId: accountOf(number), name: `n${number}` }), createContent(`${number}`)),
  );
  await Promise.all(creates);
  await expect.poll(findIndexes, { timeout: 10_000 }).toEqual(LOOKS.map(({ index }) => index));
});
