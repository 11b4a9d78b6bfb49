import { expect, test } from 'vitest';
import { createTurns } from '../../../src/domain/caller/turns.ts';

const { signal } = new AbortController();

test('a request has as many calls at the database as it may, in the order in which they came', async () => {
  const turns = createTurns(2);
  const begun: number[] = [];
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const calls = gates.map(({ promise }, number) =>
    turns.take(
      async () => {
        begun.push(number);
        await promise;
      },
      { signal },
    ),
  );
  await null;
  expect(begun).toEqual([0, 1]);
  for (const [number, gate] of gates.entries()) {
    gate.resolve();
    await calls[number];
    expect(begun).toEqual([0, 1, 2, 3, 4].slice(0, number + 3));
  }
});

test('a call that fails gives its turn to the next', async () => {
  const turns = createTurns(1);
  const failed = turns.take(() => Promise.reject(new Error('gone')), { signal });
  const next = turns.take(() => Promise.resolve('done'), { signal });
  await expect(failed).rejects.toThrow('gone');
  expect(await next).toBe('done');
  expect(await turns.take(() => Promise.resolve('again'), { signal })).toBe('again');
});

test('a call whose client went away is not made, and keeps no place', async () => {
  const turns = createTurns(1);
  const client = new AbortController();
  const gate = Promise.withResolvers<void>();
  const first = turns.take(() => gate.promise, { signal });
  const second = turns.take(() => Promise.reject(new Error('was made')), client);
  const third = turns.take(() => Promise.resolve('done'), { signal });
  client.abort(new Error('went away'));
  await expect(second).rejects.toThrow('went away');
  gate.resolve();
  await first;
  expect(await third).toBe('done');
});
