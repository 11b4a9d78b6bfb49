import { describe, expect, it } from 'vitest';
import { createSharedReads, type Keyed } from '../../../src/persistence/database/shared-reads.ts';

type Result = PromiseSettledResult<string>;
type Statement = {
  readonly kind: string;
  readonly keys: readonly Keyed<number>[];
  finish(results?: readonly Result[]): void;
  fail(reason: Error): void;
};
type Options = { maxKeys?: number; maxInFlight?: number; maxWaitingPerAccount?: number; waitMs?: number };

const { signal } = new AbortController();
const A = { accountId: 'a', signal };
const B = { accountId: 'b', signal };

/** Statements that run until the test ends them. */
function openStatements(options: Options = {}) {
  const statements: Statement[] = [];
  let started = Promise.withResolvers<void>();
  const reads = createSharedReads({
    maxKeys: 128,
    maxInFlight: 1,
    maxWaitingPerAccount: 1_000,
    waitMs: 60_000,
    overloaded: () => new Error('overloaded'),
    ...options,
  });
  const share = (kind: string) =>
    reads.share<number, string>({
      spell: String,
      run: (keys) => {
        const { promise, resolve, reject } = Promise.withResolvers<readonly Result[]>();
        const found = keys.map(({ accountId, key }): Result => ({ status: 'fulfilled', value: `${accountId}${key}` }));
        statements.push({ kind, keys, finish: (results = found) => resolve(results), fail: reject });
        started.resolve();
        started = Promise.withResolvers();
        return promise;
      },
    });
  async function untilStatements(count: number): Promise<void> {
    while (statements.length < count) await started.promise;
  }
  const keys = () => statements.map((statement) => statement.keys.map(({ key }) => key));
  return { reads, share, statements, untilStatements, keys };
}

/** Whether it is settled, of what is settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const done = () => {
    isSettled = true;
  };
  promise.then(done, done);
  await new Promise(setImmediate);
  return isSettled;
}

describe('shared reads', () => {
  it('puts what is asked for while a statement runs into the next one', async () => {
    const { share, statements, untilStatements, keys } = openStatements();
    const read = share('x');
    const first = read(1, A);
    await untilStatements(1);
    const later = [read(2, A), read(3, B)];
    statements[0]?.finish();
    expect(await first).toBe('a1');
    await untilStatements(2);
    expect(keys()).toEqual([[1], [2, 3]]);
    statements[1]?.finish();
    expect(await Promise.all(later)).toEqual(['a2', 'b3']);
  });

  it('asks once for what several of one account ask for, and for each account by itself', async () => {
    const { share, statements, untilStatements } = openStatements();
    const read = share('x');
    const asked = [read(1, A), read(1, B), read(1, A)];
    await untilStatements(1);
    expect(statements[0]?.keys.map(({ accountId, key }) => `${accountId}${key}`)).toEqual(['a1', 'b1']);
    statements[0]?.finish();
    expect(await Promise.all(asked)).toEqual(['a1', 'b1', 'a1']);
  });

  it('never answers with a statement that had begun before', async () => {
    const { share, statements, untilStatements, keys } = openStatements();
    const read = share('x');
    const first = read(1, A);
    await untilStatements(1);
    const second = read(1, A);
    statements[0]?.finish([{ status: 'fulfilled', value: 'old' }]);
    expect(await first).toBe('old');
    await untilStatements(2);
    expect(keys()).toEqual([[1], [1]]);
    statements[1]?.finish([{ status: 'fulfilled', value: 'new' }]);
    expect(await second).toBe('new');
  });

  it('gives each its own result, also a failure', async () => {
    const { share, statements, untilStatements } = openStatements();
    const read = share('x');
    const good = read(1, A);
    const bad = read(2, A);
    await untilStatements(1);
    statements[0]?.finish([
      { status: 'fulfilled', value: 'one' },
      { status: 'rejected', reason: new Error('two') },
    ]);
    expect(await good).toBe('one');
    await expect(bad).rejects.toThrow('two');
  });

  it('fails all of a statement that fails, and goes on', async () => {
    const { share, statements, untilStatements } = openStatements();
    const read = share('x');
    const failed = Promise.allSettled([read(1, A), read(2, B)]);
    await untilStatements(1);
    statements[0]?.fail(new Error('gone'));
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = read(3, A);
    await untilStatements(2);
    statements[1]?.finish();
    expect(await next).toBe('a3');
  });

  it('lets accounts take turns when not all fit', async () => {
    const { share, statements, untilStatements } = openStatements({ maxKeys: 2 });
    const read = share('x');
    void read(0, A);
    await untilStatements(1);
    for (const key of [1, 2, 3]) void read(key, A);
    void read(4, B);
    statements[0]?.finish();
    await untilStatements(2);
    expect(statements[1]?.keys.map(({ accountId }) => accountId)).toEqual(['a', 'b']);
  });

  it('lets kinds take turns, and runs no more statements at once than it may', async () => {
    const { share, statements, untilStatements } = openStatements({ maxKeys: 1, maxInFlight: 2 });
    const [x, y] = [share('x'), share('y')];
    for (const key of [1, 2, 3]) void x(key, A);
    void y(4, A);
    await untilStatements(2);
    expect(statements.map(({ kind }) => kind)).toEqual(['x', 'y']);
    statements[0]?.finish();
    await untilStatements(3);
    expect(statements.map(({ kind }) => kind)).toEqual(['x', 'y', 'x']);
  });

  it('rejects at once who leaves, and asks for nothing that nobody waits for', async () => {
    const { share, statements, untilStatements, keys } = openStatements();
    const read = share('x');
    const leaving = new AbortController();
    const running = read(1, { accountId: 'a', signal: leaving.signal });
    await untilStatements(1);
    const waiting = read(2, { accountId: 'a', signal: leaving.signal });
    const staying = read(3, A);
    leaving.abort(new Error('left'));
    await expect(running).rejects.toThrow('left');
    await expect(waiting).rejects.toThrow('left');
    await expect(read(4, { accountId: 'a', signal: leaving.signal })).rejects.toThrow('left');
    statements[0]?.finish();
    await untilStatements(2);
    statements[1]?.finish();
    expect(await staying).toBe('a3');
    expect(keys()).toEqual([[1], [3]]);
  });

  it('refuses who waits too long, and who would wait behind too many of its account', async () => {
    const { share, untilStatements } = openStatements({ waitMs: 1, maxWaitingPerAccount: 1 });
    const read = share('x');
    void read(1, A);
    await untilStatements(1);
    const late = read(2, A);
    await expect(read(3, A)).rejects.toThrow('overloaded');
    await expect(late).rejects.toThrow('overloaded');
  });

  it('closes when everything that was asked for has its result', async () => {
    const { reads, share, statements, untilStatements } = openStatements();
    const read = share('x');
    const first = read(1, A);
    await untilStatements(1);
    const second = read(2, A);
    const closing = reads.close();
    await expect(read(3, A)).rejects.toThrow('closed');
    statements[0]?.finish();
    await first;
    await untilStatements(2);
    expect(await settled(closing)).toBe(false);
    statements[1]?.finish();
    await second;
    await closing;
  });
});
