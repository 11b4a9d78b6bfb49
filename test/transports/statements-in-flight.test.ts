import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { MAX_CALLS_AT_ONCE } from '../../src/domain/caller/turns.ts';
import { startGateway } from '../support/gateway.ts';
import { createDatabase } from '../support/servers/postgres.ts';

const CALLS = 60;
const aliases = Array.from({ length: CALLS }, (_, i) => `d${i}: directory(path: "/", first: 1) { path }`);
const batch = Object.fromEntries(Array.from({ length: CALLS }, (_, i) => [i, { path: '/', limit: 1 }]));

const REQUESTS = [
  ['GraphQL document', '/graphql', { query: `{ ${aliases.join(' ')} }` }],
  ['tRPC batch', `/trpc/${Array.from({ length: CALLS }, () => 'resource.directory').join()}?batch=1`, batch],
] as const;

const WAITING = `select query from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

test.each(REQUESTS)('one %s has a few statements in flight, and leaves turns to others', async (_what, path, body) => {
  await using database = await createDatabase(inject('postgresUrl'));
  await using gateway = await startGateway({ DATABASE_URL: database.url });
  const headers = { authorization: `Bearer ${await gateway.token()}`, 'content-type': 'application/json' };
  const blocker = new pg.Client({ connectionString: database.url });
  const observer = new pg.Client({ connectionString: database.url });
  await Promise.all([blocker.connect(), observer.connect()]);
  const countWaiting = async (word: string) => {
    const { rows } = await observer.query<{ query: string }>(WAITING);
    return rows.filter(({ query }) => query.includes(word)).length;
  };
  try {
    await blocker.query('begin; lock table resources in access exclusive mode');
    const many = fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    await expect.poll(() => countWaiting('totals'), { timeout: 50_000 }).toBeGreaterThan(0);
    // Without a bound the first request would have all that its account may have, and this one none.
    const single = fetch(`${gateway.url}/v1/resources/by-path?directory_path=/&name=a`, { headers });
    await expect.poll(() => countWaiting('wanted("account_id", "directory_path", "name"'), { timeout: 50_000 }).toBe(1);
    await expect.poll(() => countWaiting('totals'), { timeout: 50_000 }).toBe(MAX_CALLS_AT_ONCE);
    await blocker.query('rollback');
    expect((await single).status).toBe(404);
    const answer = await many;
    expect(answer.status).toBe(200);
    expect((await answer.text()).match(/"path":"\/"/g)).toHaveLength(CALLS);
  } finally {
    await Promise.all([blocker.end(), observer.end()]);
  }
});
