// 200,000 resources in one account, put into a database by SQL, and what PostgreSQL says of reading them.
import pg from 'pg';
import { inject } from 'vitest';
import { type Statement, UNNAMED } from '../../../src/persistence/database/database.ts';
import { openRepository } from '../../../src/persistence/repository.ts';
import { createDatabase } from '../servers/postgres.ts';

export const COUNT = 200_000;
export const LOADING_MS = 300_000;

const LOAD = [
  `insert into blobs (id, account_id, sha256, size_bytes, storage_bucket, storage_key, created_at)
   select gen_random_uuid(), 'acme', encode(sha256(n::text::bytea), 'hex'), n * 7919 % 1000003, 'local', n, now()
   from generate_series(1, ${COUNT / 10}) n`,
  `insert into resources (id, account_id, directory_path, name, mime_type, size_bytes, blob_id, metadata, created_by,
     created_at, updated_at)
   select gen_random_uuid(), 'acme', '/d' || n % 10 || '/s' || n % 10000, 'file-' || n || '.bin',
     case when n % 5000 = 0 then 'audio/ogg;codecs=opus' else (array['image/png', 'text/plain;charset=utf-8'])[1 + n % 2] end,
     blobs.size_bytes, blobs.id, case when n % 2 = 0 then json_build_object('project', 'p' || n % 10000, 'n', n,
       'kind', 'k' || n % 100, 'age', case when n <= 5000 then 'old' when n > ${COUNT - 100} then 'new' end) end,
     'user-' || n % 5000, timestamptz '2026-01-01' + n * interval '1 s', timestamptz '2026-02-01' + n * interval '1 s'
   from generate_series(1, ${COUNT}) n join blobs on blobs.storage_key = (1 + n % ${COUNT / 10})::text`,
  `insert into resource_tags (resource_id, position, tag, account_id, created_at)
   select id, 0, 'common', account_id, created_at from resources
   union all select id, 1, 'tag-' || right(created_by, 3), account_id, created_at from resources`,
  // Another account, with more in one directory than is read to find a page.
  `insert into blobs (id, account_id, sha256, size_bytes, storage_bucket, storage_key, created_at)
   values (gen_random_uuid(), 'large', 'large', 1, 'local', 'large', now())`,
  `insert into resources (id, account_id, directory_path, name, mime_type, size_bytes, blob_id, created_at, updated_at)
   select gen_random_uuid(), 'large', '/large', 'file-' || n, 'text/plain', 1, blobs.id,
     timestamptz '2026-01-01' + n * interval '1 s', timestamptz '2026-01-01'
   from generate_series(1, 1001) n join blobs on blobs.account_id = 'large'`,
  'vacuum (analyze)',
];

/** What running a statement came to: its rows, and how many pages of tables and indexes it looked into. */
export type Reading = { readonly plan: string; readonly rows: number; readonly pages: number };

export type Library = AsyncDisposable & {
  /** The plan, without running it. */
  explain(statement: Statement): Promise<string>;
  read(statement: Statement): Promise<Reading>;
};

export async function openLibrary(): Promise<Library> {
  await using opened = new AsyncDisposableStack();
  const { url } = opened.use(await createDatabase(inject('postgresUrl')));
  await (await openRepository({ database: { kind: 'postgres', url } })).close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  opened.defer(() => client.end());
  for (const statement of LOAD) await client.query(statement);

  async function run(options: string, { name, text, values }: Statement): Promise<string> {
    const explain = async (what: string, given: readonly unknown[]) => {
      const { rows } = await client.query({ text: `explain (${options}) ${what}`, values: [...given] });
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    if (name === UNNAMED) return explain(text, values);
    // One that is planned once gets the plan that is made for whatever comes.
    await client.query(`set plan_cache_mode = force_generic_plan`);
    await client.query(`prepare "${name}" as ${text}`);
    const given = values.map((value) => client.escapeLiteral(String(value)));
    const plan = await explain(`execute "${name}"(${given})`, []);
    await client.query(`deallocate "${name}"`);
    await client.query(`reset plan_cache_mode`);
    return plan;
  }

  const kept = opened.move();
  return {
    explain: (statement) => run('costs off', statement),
    read: async (statement) => {
      const plan = await run('analyze, buffers, costs off, timing off, summary off', statement);
      const pages = [...(/Buffers: shared(.*)/.exec(plan)?.[1] ?? '').matchAll(/(?:hit|read)=(\d+)/g)];
      return {
        plan,
        rows: Number(/actual rows=(\d+)/.exec(plan)?.[1]),
        pages: pages.reduce((sum, [, count]) => sum + Number(count), 0),
      };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
