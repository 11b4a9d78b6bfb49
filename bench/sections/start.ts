// How long `npm start` takes until it is ready, in an empty DATA_DIR and in a full one, and what it takes up then.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { toGoal } from '../report/goal.ts';
import { median } from '../report/rounds.ts';
import { type Column, toTable } from '../report/table.ts';
import { type ProcessMemory, readTreeMemory } from '../servers/memory.ts';
import type { Bench } from './section.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MIB = 1024 ** 2;
/** After which a gateway that nobody asks anything is at rest. */
const REST_MS = 3_000;
const STARTS = 5;

const COLUMNS: readonly Column[] = [
  { title: 'npm start', align: 'left' },
  { title: 'Ready ms, median', align: 'right' },
  { title: 'Fastest', align: 'right' },
  { title: 'Slowest', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'MiB at rest, without npm', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'With npm', align: 'right' },
];

type Started = { readonly readyMs: number; readonly memory: readonly ProcessMemory[] };

/** An empty environment: the embedded database, local blobs, a development key. */
export async function runStart({ world, settings, onMeasure }: Bench): Promise<string> {
  const first: Started[] = [];
  const later: Started[] = [];
  for (let round = 1; round <= Math.max(STARTS, settings.rounds); round += 1) {
    const dataDir = await mkdtemp(join(world.directory, 'start-'));
    onMeasure(`npm start, round ${round}: the first`);
    first.push(await start(dataDir));
    onMeasure(`npm start, round ${round}: another`);
    later.push(await start(dataDir));
    await rm(dataDir, { recursive: true, force: true });
  }
  return toTable(COLUMNS, [
    toRow('in an empty DATA_DIR', first, { below: 2_000 }),
    toRow('in the same again', later, { below: 1_000 }),
  ]);
}

/** Starts one, takes note of it at rest, and stops it. */
async function start(dataDir: string): Promise<Started> {
  const { PATH, HOME } = process.env;
  const startedMs = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { PATH, HOME, PORT: '0', DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('Resource gateway is ready')) break;
  }
  const readyMs = performance.now() - startedMs;
  child.stdout.resume();
  await pause(REST_MS);
  const memory = await readTreeMemory(child.pid as number);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  return { readyMs, memory };
}

const isNpm = ({ command }: ProcessMemory) => /^npm\b/.test(command);

function toRow(title: string, starts: readonly Started[], goal: { below: number }): readonly string[] {
  const times = starts.map(({ readyMs }) => readyMs);
  const sum = (these: readonly ProcessMemory[]) => these.reduce((total, { ownBytes }) => total + ownBytes, 0) / MIB;
  const own = median(starts.map(({ memory }) => sum(memory.filter((one) => !isNpm(one)))));
  return [
    title,
    median(times).toFixed(0),
    Math.min(...times).toFixed(0),
    Math.max(...times).toFixed(0),
    toGoal(median(times), goal),
    own.toFixed(0),
    toGoal(own, { below: 200 }),
    median(starts.map(({ memory }) => sum(memory))).toFixed(0),
  ];
}
