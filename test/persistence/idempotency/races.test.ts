import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openRepository, type Repository } from '../../../src/persistence/repository.ts';
import { createContent, createRecord } from '../../support/persistence/records.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

describe('an idempotency key that another transaction holds', () => {
  const cleanup = new AsyncDisposableStack();
  const call = { signal: new AbortController().signal };
  const lease = { leaseMs: 60_000 };
  let repository: Repository;
  let other: pg.Client;
  let watcher: pg.Client;

  beforeAll(async () => {
    const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
    repository = cleanup.adopt(await openRepository({ database: { kind: 'postgres', url } }), (it) => it.close());
    [other, watcher] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
    for (const client of [other, watcher]) {
      await client.connect();
      cleanup.defer(() => client.end());
    }
  });
  afterAll(() => cleanup.disposeAsync());

  const createClaim = () => ({ accountId: 'acme', key: randomUUID(), owner: randomUUID() });

  /** Asks until the repository's statement waits for the other transaction. */
  async function untilBlocked(): Promise<void> {
    const waiting = `select 1 from pg_stat_activity where datname = current_database()
      and wait_event_type = 'Lock' and application_name = 'resource-gateway'`;
    while ((await watcher.query(waiting)).rowCount === 0);
  }

  it('is not released under an insert whose outcome the caller never learned', async () => {
    const claim = createClaim();
    await repository.claimKey(claim, lease);
    await other.query('begin');
    await other.query('select from idempotency_keys where key = $1 for update', [claim.key]);
    const release = repository.releaseKey(claim, call);
    await untilBlocked();
    const result = JSON.stringify(createRecord());
    await other.query(`update idempotency_keys set result = $2, fingerprint = 'f' where key = $1`, [claim.key, result]);
    await other.query('commit');
    await release;
    expect((await repository.claimKey({ ...claim, owner: randomUUID() }, lease)).kind).toBe('done');
  });

  it('is not stored under when it is taken over after the statement began', async () => {
    const claim = createClaim();
    const record = createRecord();
    await repository.claimKey(claim, lease);
    await other.query('begin');
    await other.query('update idempotency_keys set owner = $2 where key = $1', [claim.key, randomUUID()]);
    const kept = { claim, fingerprint: 'f'.repeat(64), ttlMs: 60_000 };
    const outcome = repository.insertKeyed(record, createContent(), kept);
    await untilBlocked();
    await other.query('commit');
    expect(await outcome).toEqual({ kind: 'claim_lost' });
    expect(await repository.findById(record, call)).toBeNull();
  });

  it('is stored under when it is only renewed after the statement began', async () => {
    const claim = createClaim();
    await repository.claimKey(claim, lease);
    await other.query('begin');
    await other.query(`update idempotency_keys set expires_at = now() + interval '1 hour' where key = $1`, [claim.key]);
    const kept = { claim, fingerprint: 'f'.repeat(64), ttlMs: 60_000 };
    const outcome = repository.insertKeyed(createRecord(), createContent(), kept);
    await untilBlocked();
    await other.query('commit');
    expect((await outcome).kind).toBe('created');
    expect((await repository.claimKey({ ...claim, owner: randomUUID() }, lease)).kind).toBe('done');
  });

  it('is neither swept nor waited for while it is being renewed', async () => {
    const claim = createClaim();
    await repository.claimKey(claim, { leaseMs: 0 });
    await other.query('begin');
    await other.query(`update idempotency_keys set expires_at = now() + interval '1 hour' where key = $1`, [claim.key]);
    expect(await repository.removeExpiredKeys(call)).toBe(0);
    await other.query('commit');
    expect((await repository.claimKey({ ...claim, owner: randomUUID() }, lease)).kind).toBe('running');
  });
});
