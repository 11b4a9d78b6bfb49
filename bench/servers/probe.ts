// Loaded into a measured process: answers its parent's questions about time. It does nothing until asked.
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What a process tells of itself since it was asked last. */
export type ProbeReading = {
  /** Longest time between two turns of the event loop. */
  readonly longestTurnMs: number;
  /** Spent in all threads, user and system. */
  readonly cpuMs: number;
};

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let cpu = process.cpuUsage();

process.on('message', (question) => {
  if (question !== 'read') return;
  const spent = process.cpuUsage(cpu);
  const reading: ProbeReading = { longestTurnMs: delay.max / 1e6, cpuMs: (spent.user + spent.system) / 1000 };
  cpu = process.cpuUsage();
  delay.reset();
  process.send?.(reading);
});
// Whoever measures is gone, so nobody will end this process.
process.on('disconnect', () => process.exit());
// It must not keep a process alive that is done.
process.channel?.unref();
