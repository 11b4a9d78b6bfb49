import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { createAllowance } from '../../../src/domain/caller/allowance.ts';
import { openAttempt, parseIdempotencyKey } from '../../../src/domain/caller/idempotency.ts';
import { createTurns } from '../../../src/domain/caller/turns.ts';
import { openRepository, type Repository } from '../../../src/persistence/repository.ts';
import { createContent, createRecord } from '../../support/persistence/records.ts';
import { createDatabase } from '../../support/servers/postgres.ts';

const principal = {
  accountId: 'acme',
  subject: null,
  scopes: new Set(['resources:write']),
  expiresAtMs: Number.POSITIVE_INFINITY,
};
const createCaller = (idempotencyKey: string | null = randomUUID()) => ({
  requestId: 'a-test',
  principal,
  allowance: createAllowance(),
  turns: createTurns(),
  takeClaim: null,
  idempotencyKey,
  signal: new AbortController().signal,
});

describe('an attempt under an idempotency key', () => {
  const cleanup = new AsyncDisposableStack();
  let keys: Repository;
  let client: pg.Client;

  beforeAll(async () => {
    const { url } = cleanup.use(await createDatabase(inject('postgresUrl')));
    keys = cleanup.adopt(await openRepository({ database: { kind: 'postgres', url } }), (it) => it.close());
    client = new pg.Client({ connectionString: url });
    await client.connect();
    cleanup.defer(() => client.end());
  });
  afterAll(() => cleanup.disposeAsync());

  /** Milliseconds until the key is free; null when it is. */
  async function leaseOf(key: string | null): Promise<number | null> {
    const text =
      'select (extract(epoch from expires_at - now()) * 1000)::float8 as ms from idempotency_keys where key = $1';
    return (await client.query(text, [key])).rows[0]?.ms ?? null;
  }

  test('holds its key for 45 s, renews it every 15 s, and stops doing so when it ends', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const caller = createCaller();
      const attempt = await openAttempt(caller, { keys, ttlMs: 1000 });
      expect(await leaseOf(caller.idempotencyKey)).toBeGreaterThan(40_000);
      await client.query(`update idempotency_keys set expires_at = now() + interval '1 s'`);
      vi.advanceTimersByTime(15_000);
      await expect.poll(() => leaseOf(caller.idempotencyKey)).toBeGreaterThan(40_000);
      await attempt[Symbol.asyncDispose]();
      expect(vi.getTimerCount()).toBe(0);
      expect(await leaseOf(caller.idempotencyKey)).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });

  test('keeps its key when its result is stored, although it never learned so', async () => {
    const caller = createCaller();
    const attempt = await openAttempt(caller, { keys, ttlMs: 1000 });
    const claim = attempt.takeClaim?.();
    if (claim?.kind !== 'claimed') throw new Error('the key was free');
    const kept = { claim: claim.claim, fingerprint: 'f'.repeat(64), ttlMs: 60_000 };
    await keys.insertKeyed(createRecord(), createContent(), kept);
    await attempt[Symbol.asyncDispose]();
    const repeat = await openAttempt(caller, { keys, ttlMs: 1000 });
    expect(repeat.takeClaim?.()).toMatchObject({ kind: 'done', fingerprint: kept.fingerprint });
  });

  test.each([
    [0, 1],
    [1_001, 2],
    [20_000, 20],
    [3_600_000, 30],
  ])('is to be repeated after about as long as the first has run: %i ms', async (runningMs, retryAfterSeconds) => {
    const caller = createCaller();
    await using _attempt = await openAttempt(caller, { keys, ttlMs: 1000 });
    await client.query(`update idempotency_keys set claimed_at = now() - $1::float8 * interval '1 ms'`, [runningMs]);
    const refusal = await openAttempt(caller, { keys, ttlMs: 1000 }).catch((error) => error);
    expect(refusal).toMatchObject({ code: 'request_in_progress' });
    // The statements between take their time.
    expect(refusal.details.retryAfterSeconds - retryAfterSeconds).toBeGreaterThanOrEqual(0);
    expect(refusal.details.retryAfterSeconds - retryAfterSeconds).toBeLessThanOrEqual(1);
  });

  test.each([
    ['without a key', createCaller(null)],
    ['without the scope', { ...createCaller(), principal: { ...principal, scopes: new Set(['resources:read']) } }],
  ])('claims nothing %s', async (_says, caller) => {
    await using attempt = await openAttempt(caller, { keys, ttlMs: 1000 });
    expect(attempt.takeClaim).toBeNull();
    expect(await leaseOf(caller.idempotencyKey)).toBeNull();
  });
});

test.each(['a', '!~', 'x'.repeat(255), '8e03978e-40d5-43dd-bc93-6894a57f9324'])('takes the key %j', (key) => {
  expect(parseIdempotencyKey(key)).toBe(key);
});

test.each(['', ' ', 'a b', 'a\n', 'é', '\x7f', 'x'.repeat(256)])('refuses the key %j', (key) => {
  expect(() => parseIdempotencyKey(key)).toThrow(/^Idempotency-Key must be 1–255 visible ASCII/);
});
