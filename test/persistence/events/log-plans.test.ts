// How much of the log PostgreSQL reads for a page, whatever it believes the table to hold.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { EVERY_EVENT } from '../../../src/domain/events/event-filter.ts';
import type { Statement } from '../../../src/persistence/database/database.ts';
import { createReadEventsStatement, createReadNewsStatement } from '../../../src/persistence/events/read-events.ts';
import { openRepository } from '../../../src/persistence/repository.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const COUNT = 20_000;
const PAGE = 50;
const accountId = 'acme';
const FILL = `insert into events (account_id, type, subject, directory_path, data)
  select account, 'resource.created', gen_random_uuid(), '/', json_build_object('name', n)
  from generate_series(1, ${COUNT}) n, unnest('{acme,b}'::text[]) account`;

const cleanup = new AsyncDisposableStack();
let client: pg.Client;
beforeAll(async () => {
  const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
  cleanup.adopt(await openRepository({ database: { kind: 'postgres', url } }), (it) => it.close());
  client = new pg.Client({ connectionString: url });
  await client.connect();
  cleanup.defer(() => client.end());
  await client.query(FILL);
});
afterAll(() => cleanup.disposeAsync());

type Plan = { 'Node Type': string; 'Actual Rows': number; 'Relation Name'?: string; Plans?: Plan[] };

/** How many rows of the log were read. */
async function countRows({ text, values }: Statement, mode: string): Promise<number> {
  await client.query(`set plan_cache_mode = ${mode}`);
  await client.query(`prepare page as ${text}`);
  try {
    const literals = values.map((value) => (value === null ? 'null' : client.escapeLiteral(toText(value))));
    const explained = await client.query(`explain (analyze, format json) execute page (${literals.join(', ')})`);
    return sum(explained.rows[0]['QUERY PLAN'][0].Plan);
  } finally {
    await client.query('deallocate page');
  }
}

const toText = (value: unknown) => (Array.isArray(value) ? `{${value.join()}}` : `${value}`);

function sum(plan: Plan): number {
  const own = /^events/.test(plan['Relation Name'] ?? '') ? plan['Actual Rows'] : 0;
  return (plan.Plans ?? []).reduce((total, inner) => total + sum(inner), own);
}

describe.each(['before', 'after'])('a page with the whole log after it, %s its table has been analyzed', (when) => {
  beforeAll(async () => {
    if (when === 'after') await client.query('analyze events');
  });
  const after = { era: 0, xid: 1n, id: 0n };
  const bounds = { after, maxCount: PAGE, maxBytes: 1_000_000 };
  const page = createReadEventsStatement({ accountId, filter: EVERY_EVENT, maxScanned: 5_000, ...bounds });
  const news = createReadNewsStatement({ accountIds: [accountId, 'b'], ...bounds });

  it.each([
    ['a page', page, 'force_custom_plan'],
    ['a page', page, 'force_generic_plan'],
    ['news', news, 'force_custom_plan'],
    ['news', news, 'force_generic_plan'],
  ])('reads no more of it than is shown: %s, %#', async (_what, statement, mode) => {
    const rows = await countRows(statement, mode);
    expect(rows).toBeGreaterThanOrEqual(PAGE);
    // Each account has a page of its own before the two are merged.
    expect(rows).toBeLessThanOrEqual(2 * PAGE + 24);
  });
});
