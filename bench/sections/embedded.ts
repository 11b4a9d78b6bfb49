// The gateway with its embedded database beside the same gateway with a PostgreSQL elsewhere on the machine.
import { REST } from '../client/transports.ts';
import { toGoal } from '../report/goal.ts';
import { type Column, toTable } from '../report/table.ts';
import { readTreeMemory } from '../servers/memory.ts';
import type { ServerProcess } from '../servers/server-process.ts';
import type { Bench } from './section.ts';
import type { Contender } from './subjects.ts';
import { measureThroughput, type Throughput, type ThroughputLoad } from './throughput.ts';

const MIB = 1024 ** 2;
const RATIO_GOAL = { atLeast: 0.6 };
const TURN_GOAL = { below: 50 };
const MEMORY_GOAL = { below: 200 };

const LOADS: readonly ThroughputLoad[] = [
  { title: 'new 1 KB, 64 connections', connections: 64, sizeBytes: 1_000 },
  { title: 'new 1 KB, 1 connection', connections: 1, sizeBytes: 1_000 },
];

const COLUMNS: readonly Column[] = [
  { title: 'Embedded database', align: 'left' },
  { title: 'Database', align: 'left' },
  { title: 'Ratio', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'creates/s', align: 'right' },
  { title: 'p50 ms', align: 'right' },
  { title: 'p99 ms', align: 'right' },
  { title: 'Longest turn ms', align: 'right' },
  { title: 'Goal', align: 'left' },
];

const MEMORY_COLUMNS: readonly Column[] = [
  { title: 'Memory with the embedded database', align: 'left' },
  { title: 'All processes MiB', align: 'right' },
  { title: 'Of them Node', align: 'right' },
  { title: 'Goal', align: 'left' },
];

export async function runEmbedded(bench: Bench): Promise<string> {
  await using elsewhere = await bench.world.startGateway();
  await using embedded = await bench.world.startGateway({ embedded: true });
  const contenders: readonly Contender[] = [
    { name: 'PostgreSQL elsewhere', server: elsewhere, transport: REST },
    { name: 'embedded', server: embedded, transport: REST },
  ];
  const atRest = await readMemory(embedded, 'before any request', MEMORY_GOAL);
  const rows: (readonly string[])[] = [];
  for (const load of LOADS) {
    const turns = contenders.map(({ server }) => watchTurns(server));
    const watched = contenders.map((contender, at) => ({
      ...contender,
      server: turns[at]?.server ?? contender.server,
    }));
    const results = await measureThroughput(watched, { ...bench, load });
    rows.push(...results.map((result, at) => toRow(load, result, turns[at]?.longestMs() ?? 0)));
  }
  const after = await readMemory(embedded, 'after these creates', null);
  return `${toTable(COLUMNS, rows)}\n\n${toTable(MEMORY_COLUMNS, [atRest, after])}`;
}

/** The same server, with the longest turn of all its readings but the first, which tells of the warm-up. */
function watchTurns(server: ServerProcess) {
  let longestMs = 0;
  let readings = 0;
  const read = async () => {
    const reading = await server.read();
    readings += 1;
    if (readings > 2) longestMs = Math.max(longestMs, reading.longestTurnMs);
    return reading;
  };
  return { server: { ...server, read }, longestMs: () => longestMs };
}

async function readMemory(server: ServerProcess, title: string, goal: { below: number } | null) {
  const processes = await readTreeMemory(server.pid);
  const sum = (these: typeof processes) => these.reduce((total, { ownBytes }) => total + ownBytes, 0) / MIB;
  const node = processes.filter(({ command }) => command.includes('src/main.ts'));
  return [title, sum(processes).toFixed(0), sum(node).toFixed(0), toGoal(sum(processes), goal)];
}

function toRow({ title }: ThroughputLoad, result: Throughput, longestTurnMs: number): readonly string[] {
  const isEmbedded = result.name === 'embedded';
  return [
    title,
    result.name,
    result.ratio.toFixed(2),
    toGoal(result.ratio, isEmbedded ? RATIO_GOAL : null),
    result.perSecond.toFixed(0),
    result.p50Ms.toFixed(2),
    result.p99Ms.toFixed(2),
    longestTurnMs.toFixed(1),
    toGoal(longestTurnMs, isEmbedded ? TURN_GOAL : null),
  ];
}
