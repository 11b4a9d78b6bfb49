// The resident memory of another process, from Linux's /proc.
import { readFile, writeFile } from 'node:fs/promises';

const KIB = 1024;

/** Forgets the peak so far: from here on it starts at what the process has now (proc(5), clear_refs). */
export async function resetPeakMemory(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}

/** The most that the process has had resident since the last reset. */
export async function readPeakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(status);
  if (line === null) throw new Error('this system does not tell the peak memory of a process');
  return Number(line[1]) * KIB;
}
