import { describe, expect, it } from 'vitest';
import { createSharedInserts } from '../../../src/persistence/create/shared-inserts.ts';

type Group = { readonly items: readonly number[]; finish(): void; fail(reason: Error): void };

type Options = {
  maxItems?: number;
  maxWeight?: number;
  maxLightWeight?: number;
  maxGroupsInFlight?: number;
  waitMs?: number;
};

/** Groups that run until the test ends them; an item is its own weight, and belongs to the account of its sign. */
function openGroups(options: Options = {}) {
  const groups: Group[] = [];
  let started = Promise.withResolvers<void>();
  const inserts = createSharedInserts<number, string>({
    runGroup: (items) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly PromiseSettledResult<string>[]>();
      const finish = () => resolve(items.map((item) => ({ status: 'fulfilled', value: `stored ${item}` })));
      groups.push({ items, finish, fail: reject });
      started.resolve();
      started = Promise.withResolvers();
      return promise;
    },
    accountOf: (item) => (item < 0 ? 'b' : 'a'),
    weigh: Math.abs,
    maxItems: 128,
    maxWeight: 1_000,
    maxLightWeight: 1_000,
    maxGroupsInFlight: 1,
    waitMs: 60_000,
    tooLate: () => new Error('too late'),
    ...options,
  });
  async function untilGroups(count: number): Promise<void> {
    while (groups.length < count) await started.promise;
  }
  return { inserts, groups, untilGroups, items: () => groups.map(({ items }) => items) };
}

describe('shared inserts', () => {
  it('puts what arrives while a group runs into the next one', async () => {
    const { inserts, groups, untilGroups, items } = openGroups();
    const first = inserts.add(1);
    await untilGroups(1);
    const later = [inserts.add(2), inserts.add(3)];
    expect(items()).toEqual([[1]]);
    groups[0]?.finish();
    expect(await first).toBe('stored 1');
    await untilGroups(2);
    expect(items()).toEqual([[1], [2, 3]]);
    groups[1]?.finish();
    expect(await Promise.all(later)).toEqual(['stored 2', 'stored 3']);
  });

  it('rejects what waits too long for its group, and nothing that runs', async () => {
    const { inserts, groups, untilGroups, items } = openGroups({ waitMs: 1 });
    const first = inserts.add(1);
    await untilGroups(1);
    for (const item of [2, 3]) await expect(inserts.add(item)).rejects.toThrow('too late');
    groups[0]?.finish();
    expect(await first).toBe('stored 1');
    expect(items()).toEqual([[1]]);
  });

  it('holds no group larger than its bound in items', async () => {
    const { inserts, untilGroups, items } = openGroups({ maxItems: 2, maxGroupsInFlight: 3 });
    for (const item of [1, 2, 3, 4, 5]) void inserts.add(item);
    await untilGroups(3);
    expect(items()).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('holds no group larger than its bound in weight, except for one item alone', async () => {
    const { inserts, untilGroups, items } = openGroups({ maxWeight: 10, maxGroupsInFlight: 9 });
    for (const item of [4, 6, 1, 11, 9, 2]) void inserts.add(item);
    await untilGroups(5);
    expect(items()).toEqual([[4, 6], [1], [11], [9], [2]]);
  });

  it('never runs more groups at once than allowed', async () => {
    const { inserts, groups, untilGroups } = openGroups({ maxItems: 1, maxGroupsInFlight: 2 });
    for (const item of [1, 2, 3]) void inserts.add(item);
    await untilGroups(2);
    expect(groups).toHaveLength(2);
    groups[1]?.finish();
    await untilGroups(3);
    expect(groups[2]?.items).toEqual([3]);
  });

  it('takes turns between accounts, each of whose items keep their order', async () => {
    const { inserts, groups, untilGroups, items } = openGroups({ maxItems: 3 });
    for (const item of [1, 2, 3, 4, 5, 6, 7, -1, -2]) void inserts.add(item);
    await untilGroups(1);
    expect(items()).toEqual([[1, -1, 2]]);
    groups[0]?.finish();
    await untilGroups(2);
    void inserts.add(-3);
    groups[1]?.finish();
    await untilGroups(3);
    expect(items().slice(1)).toEqual([
      [-2, 3, 4],
      [5, -3, 6],
    ]);
  });

  it('puts the item of another account into the next group, however much the first one has waiting', async () => {
    const { inserts, groups, untilGroups, items } = openGroups({ maxLightWeight: 100 });
    for (let count = 0; count < 8; count += 1) void inserts.add(900);
    await untilGroups(1);
    void inserts.add(-1);
    groups[0]?.finish();
    await untilGroups(2);
    expect(items()).toEqual([[900], [-1]]);
    groups[1]?.finish();
    await untilGroups(3);
    expect(groups[2]?.items).toEqual([900]);
  });

  it('keeps one group in flight from heavy items, and heavy ones out of the groups of light ones', async () => {
    const { inserts, groups, untilGroups, items } = openGroups({ maxLightWeight: 100, maxGroupsInFlight: 2 });
    for (let count = 0; count < 4; count += 1) void inserts.add(400);
    await untilGroups(1);
    expect(items()).toEqual([[400, 400]]);
    void inserts.add(-1);
    await untilGroups(2);
    expect(groups[1]?.items).toEqual([-1]);
    groups[0]?.finish();
    await untilGroups(3);
    expect(groups[2]?.items).toEqual([400, 400]);
  });

  it('lets heavy items come although light ones never end', async () => {
    const { inserts, groups, untilGroups, items } = openGroups({ maxItems: 1, maxLightWeight: 100 });
    for (const item of [1, 2, 3, 500, 600]) void inserts.add(item);
    for (let count = 1; count <= 5; count += 1) {
      await untilGroups(count);
      groups[count - 1]?.finish();
    }
    expect(items()).toEqual([[500], [1], [600], [2], [3]]);
  });

  it('rejects a whole group that failed, and goes on with the next', async () => {
    const { inserts, groups, untilGroups } = openGroups();
    const failing = Promise.allSettled([inserts.add(1), inserts.add(2)]);
    await untilGroups(1);
    const next = inserts.add(3);
    const reason = new Error('connection lost');
    groups[0]?.fail(reason);
    expect(await failing).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    await untilGroups(2);
    groups[1]?.finish();
    expect(await next).toBe('stored 3');
  });

  it('closes only when everything added has its outcome, and refuses what comes later', async () => {
    const { inserts, groups, untilGroups } = openGroups({ maxItems: 1 });
    const done: string[] = [];
    void inserts.add(1).then((outcome) => done.push(outcome));
    void inserts.add(2).then((outcome) => done.push(outcome));
    const closing = inserts.close().then(() => done.push('closed'));
    await expect(inserts.add(3)).rejects.toThrow('closed');
    await untilGroups(1);
    groups[0]?.finish();
    await untilGroups(2);
    groups[1]?.finish();
    await closing;
    expect(done).toEqual(['stored 1', 'stored 2', 'closed']);
  });

  it('closes at once when nothing was ever added', async () => {
    await openGroups().inserts.close();
  });
});
