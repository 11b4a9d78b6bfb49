import { expect, test } from 'vitest';
import { GatewayError } from '../../src/domain/errors.ts';
import { observeCalls } from '../../src/telemetry/observe-calls.ts';

/** An adapter whose calls come out as they are told to, and what was told of them. */
function watch() {
  const told: string[] = [];
  const adapter = {
    give: async (value: unknown) => value,
    fail: async (error: unknown, _options?: { signal: AbortSignal }) => {
      throw error;
    },
    now: () => 1,
    close: async () => {},
  };
  const observe = ({ call, failed }: { call: string; failed: boolean }) => told.push(`${call} ${failed}`);
  return { told, observed: observeCalls(adapter, { silent: ['close'], observe }) };
}

test('results and failures pass unchanged, and each is told once', async () => {
  const { told, observed } = watch();
  const error = new Error('broken');
  expect(await observed.give(7)).toBe(7);
  await expect(observed.fail(error)).rejects.toBe(error);
  expect(observed.now()).toBe(1);
  await observed.close();
  expect(told).toEqual(['give false', 'fail true']);
});

test('neither a refusal nor a caller that left is a failure', async () => {
  const { told, observed } = watch();
  await observed.fail(new GatewayError('not_found', { id: 'a' })).catch(() => {});
  await observed.fail(new Error('left'), { signal: AbortSignal.abort() }).catch(() => {});
  await observed.fail(new GatewayError('internal', {})).catch(() => {});
  expect(told).toEqual(['fail false', 'fail false', 'fail true']);
});
