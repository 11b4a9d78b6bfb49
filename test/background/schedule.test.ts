import { getActiveResourcesInfo } from 'node:process';
import { expect, test } from 'vitest';
import { startRepeating } from '../../src/background/schedule.ts';

test('sweeps again and again, one at a time, also after a failure', async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const twelve = Promise.withResolvers<void>();
  const schedule = startRepeating({
    intervalMs: 1,
    async run() {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 3));
      running -= 1;
      runs += 1;
      if (runs === 12) twelve.resolve();
      if (runs % 2 === 0) throw new Error('a sweep that failed');
    },
  });
  await twelve.promise;
  await schedule.close();
  expect(most).toBe(1);
});

test('closing aborts the run that is under way, waits for its end, and begins no other', async () => {
  const begun = Promise.withResolvers<void>();
  const events: string[] = [];
  const schedule = startRepeating({
    intervalMs: 1,
    run: (signal) =>
      new Promise((_, reject) => {
        events.push('begun');
        signal.addEventListener('abort', () => {
          setImmediate(() => {
            events.push('ended');
            reject(signal.reason);
          });
        });
        begun.resolve();
      }),
  });
  await begun.promise;
  await schedule.close();
  expect(events).toEqual(['begun', 'ended']);
});

test('neither sweeps at once nor keeps the process alive', async () => {
  const timers = () => getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  let runs = 0;
  const schedule = startRepeating({
    intervalMs: 3_600_000,
    run: async () => {
      runs += 1;
    },
  });
  expect(timers()).toBe(before);
  await schedule.close();
  expect(runs).toBe(0);
});
