import { describe, expect, it } from 'vitest';
import type { CallOptions } from '../../../src/domain/flow/stream.ts';
import { createSameReads } from '../../../src/persistence/find/same-reads.ts';

type Statement = { readonly query: string; readonly signal: AbortSignal; finish(): void; fail(reason: Error): void };

const { signal } = new AbortController();
const call = { signal };

/** Statements that run until the test ends them; each gives its own number. */
function openStatements({ maxInFlight = 1 } = {}) {
  const statements: Statement[] = [];
  const reads = createSameReads<string, string>({
    spell: (query) => query.toLowerCase(),
    run: (query, options: CallOptions) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const number = statements.length;
      options.signal.addEventListener('abort', () => reject(options.signal.reason));
      statements.push({ query, signal: options.signal, finish: () => resolve(`${query}${number}`), fail: reject });
      return promise;
    },
    maxInFlight,
  });
  return { reads, statements };
}

describe('reads of the same', () => {
  it('begin at once while nothing of theirs runs', () => {
    const { reads, statements } = openStatements();
    void reads.read('a', call);
    void reads.read('b', call);
    expect(statements.map(({ query }) => query)).toEqual(['a', 'b']);
  });

  it('share the statement after the one that runs, and never that one', async () => {
    const { reads, statements } = openStatements();
    const first = reads.read('a', call);
    const later = [reads.read('A', call), reads.read('a', call)];
    expect(statements).toHaveLength(1);
    statements[0]?.finish();
    expect(await first).toBe('a0');
    await expect.poll(() => statements.length).toBe(2);
    const last = reads.read('a', call);
    statements[1]?.finish();
    expect(await Promise.all(later)).toEqual(['A1', 'A1']);
    await expect.poll(() => statements.length).toBe(3);
    statements[2]?.finish();
    expect(await last).toBe('a2');
  });

  it('have as many statements at once as they may', () => {
    const { reads, statements } = openStatements({ maxInFlight: 2 });
    for (let count = 0; count < 4; count += 1) void reads.read('a', call);
    expect(statements).toHaveLength(2);
  });

  it('fail together, and begin anew afterwards', async () => {
    const { reads, statements } = openStatements();
    const first = reads.read('a', call);
    const both = Promise.allSettled([reads.read('a', call), reads.read('a', call)]);
    statements[0]?.fail(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    await expect.poll(() => statements.length).toBe(2);
    statements[1]?.fail(new Error('gone as well'));
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    void reads.read('a', call);
    await expect.poll(() => statements.length).toBe(3);
  });

  it('go on while anybody waits, and end with whoever leaves last', async () => {
    const { reads, statements } = openStatements();
    const [one, other] = [new AbortController(), new AbortController()];
    const leaving = reads.read('a', { signal: one.signal });
    one.abort(new Error('left'));
    await expect(leaving).rejects.toThrow('left');
    expect(statements[0]?.signal.aborted).toBe(true);

    const running = reads.read('a', call);
    const both = [reads.read('a', { signal: other.signal }), reads.read('a', call)];
    statements[1]?.finish();
    expect(await running).toBe('a1');
    await expect.poll(() => statements.length).toBe(3);
    other.abort(new Error('left too'));
    await expect(both[0]).rejects.toThrow('left too');
    expect(statements[2]?.signal.aborted).toBe(false);
    statements[2]?.finish();
    expect(await both[1]).toBe('a2');
    await expect(reads.read('a', { signal: other.signal })).rejects.toThrow('left too');
  });

  it('take nobody into what all have left before it began', async () => {
    const { reads, statements } = openStatements();
    const leaving = new AbortController();
    const running = reads.read('a', call);
    const left = reads.read('a', { signal: leaving.signal });
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    const next = reads.read('a', call);
    statements[0]?.finish();
    expect(await running).toBe('a0');
    await expect.poll(() => statements.length).toBe(2);
    expect(statements[1]?.signal.aborted).toBe(false);
    statements[1]?.finish();
    expect(await next).toBe('a1');
  });
});
