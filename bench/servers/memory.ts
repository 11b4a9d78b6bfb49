// The memory of other processes, from Linux's /proc.
import { readdir, readFile, writeFile } from 'node:fs/promises';

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

/** What the process has resident now. */
export async function readMemory(pid: number): Promise<number> {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'));
  if (line === null) throw new Error('this system does not tell the memory of a process');
  return Number(line[1]) * KIB;
}

export type ProcessMemory = {
  readonly command: string;
  /** What several processes share is divided among them, so that these add up (proc(5), smaps_rollup). */
  readonly ownBytes: number;
};

/** The process and all that it has started, and those have, which are running now. */
export async function readTreeMemory(pid: number): Promise<readonly ProcessMemory[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '') : '';
    // The name before it may hold anything.
    const parent = /^ \S (\d+) /.exec(stat.slice(stat.lastIndexOf(')') + 1))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const tree = [pid];
  for (const one of tree) for (const [child, parent] of parents) if (parent === one) tree.push(child);
  return await Promise.all(
    tree.map(async (one) => {
      const [rollup, command] = await Promise.all(
        ['smaps_rollup', 'cmdline'].map((file) => readFile(`/proc/${one}/${file}`, 'utf8').catch(() => '')),
      );
      const kib = Number(/^Pss:\s+(\d+) kB$/m.exec(rollup ?? '')?.[1] ?? 0);
      return { command: (command ?? '').replaceAll('\0', ' ').trim(), ownBytes: kib * KIB };
    }),
  );
}
