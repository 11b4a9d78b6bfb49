import { describe, expect, test } from 'vitest';
import { createRatePoints } from '../../../src/domain/caller/rate-points.ts';
import { createMemoryLeases } from '../../support/domain/memory-leases.ts';

const caller = { accountId: 'acme', signal: new AbortController().signal };
const policy = { points: 600, windowSeconds: 60 };

const countTaken = (results: readonly PromiseSettledResult<void>[]) =>
  results.filter(({ status }) => status === 'fulfilled').length;

describe('rate points', () => {
  test('are spent to the last one and no further, by one gateway', async () => {
    const leases = createMemoryLeases();
    const rate = createRatePoints({ leases, policy, now: () => 0 });
    const results = await Promise.allSettled(Array.from({ length: 1_000 }, () => rate.take(1, caller)));
    expect(countTaken(results)).toBe(600);
    expect(rate.state('acme')).toEqual({ ...policy, remaining: 0, resetSeconds: 60 });
    expect(results.at(-1)).toMatchObject({ reason: { code: 'rate_limited', details: { retryAfterSeconds: 60 } } });
  });

  test('are never spent twice by three gateways, which leave few unspent and seldom ask', async () => {
    const leases = createMemoryLeases();
    const rates = Array.from({ length: 3 }, () => createRatePoints({ leases, policy, now: () => 0 }));
    let taken = 0;
    for (let round = 0; round < 300; round += 1) {
      taken += countTaken(await Promise.allSettled(rates.map((rate) => rate.take(1, caller))));
    }
    expect(taken).toBe(600);
    expect(leases.asked()).toBeLessThan(60);
  });

  test('leave at most a twentieth with a gateway that asks no more', async () => {
    const leases = createMemoryLeases();
    const [quiet, busy] = [0, 1].map(() => createRatePoints({ leases, policy, now: () => 0 }));
    await quiet?.take(1, caller);
    const results = await Promise.allSettled(Array.from({ length: 700 }, () => busy?.take(1, caller)));
    expect(countTaken(results as PromiseSettledResult<void>[])).toBeGreaterThanOrEqual(570);
  });

  test('of the last window are worth nothing in the next', async () => {
    const leases = createMemoryLeases();
    let now = 0;
    const rate = createRatePoints({ leases, policy, now: () => now });
    await rate.take(5, caller);
    now = 60_000;
    leases.endWindow();
    expect(rate.state('acme')).toBeNull();
    await rate.take(5, caller);
    expect(rate.state('acme')?.remaining).toBe(595);
  });

  test('that no window has are asked for in vain, and cost nothing', async () => {
    const leases = createMemoryLeases();
    const rate = createRatePoints({ leases, policy, now: () => 0 });
    await expect(rate.take(601, caller)).rejects.toMatchObject({ code: 'invalid_input' });
    expect(leases.asked()).toBe(0);
  });

  test('who leaves while they are leased does not take the lease along', async () => {
    const leases = createMemoryLeases();
    const rate = createRatePoints({ leases, policy, now: () => 0 });
    const leaving = new AbortController();
    const gone = rate.take(1, { accountId: 'acme', signal: leaving.signal });
    const stays = rate.take(1, caller);
    leaving.abort(new Error('gone'));
    await expect(gone).rejects.toThrow('gone');
    await stays;
    expect(leases.asked()).toBe(1);
  });

  test('are not counted without a policy', async () => {
    const rate = createRatePoints({ leases: createMemoryLeases(), policy: null, now: () => 0 });
    await rate.take(1_000_000, caller);
    expect(rate.state('acme')).toBeNull();
  });
});
