import { expect, test } from 'vitest';
import { createAnswerAllowance } from '../../../src/domain/caller/answer-allowance.ts';

const nothing = async () => ({ value: null, bytes: 0 });

test('reads that give nothing much never use it up', async () => {
  const { answer } = createAnswerAllowance(100);
  for (let count = 0; count < 1_000; count += 1) await answer(100, nothing);
});

test('reads at once give no more together than there is, and the last gets what is left', async () => {
  const { answer } = createAnswerAllowance(100);
  let heldBytes = 0;
  let mostBytes = 0;
  const read = async (maxBytes: number) => {
    heldBytes += maxBytes;
    mostBytes = Math.max(mostBytes, heldBytes);
    await new Promise(setImmediate);
    heldBytes -= maxBytes - 10;
    return { value: maxBytes, bytes: 10 };
  };
  const given = await Promise.all(Array.from({ length: 10 }, () => answer(40, read)));
  expect(mostBytes).toBeLessThanOrEqual(100);
  expect(given).toEqual([40, 40, 40, 40, 40, 40, 40, 30, 20, 10]);
});

test('a request that has been answered all it may be is told to ask for less', async () => {
  const { answer } = createAnswerAllowance(100);
  await answer(40, async () => ({ value: null, bytes: 130 }));
  await expect(answer(40, nothing)).rejects.toThrow(
    'the request asks for more than 100 bytes of records; ask for fewer in each request',
  );
});

test('a read that fails gives back what it had taken', async () => {
  const { answer } = createAnswerAllowance(100);
  await expect(answer(100, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await answer(100, async (maxBytes) => ({ value: maxBytes, bytes: 0 }))).toBe(100);
});
