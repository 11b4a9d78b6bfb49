// Small creates: 1 KB, two tags, at many connections and at one, with new contents and with a known one.
import { REPLACE, REST } from '../client/transports.ts';
import { toGoal } from '../report/goal.ts';
import { type Column, toTable } from '../report/table.ts';
import type { Bench } from './section.ts';
import { type Contender, toContenders } from './subjects.ts';
import { measureThroughput, type Throughput, type ThroughputLoad } from './throughput.ts';

type SmallLoad = ThroughputLoad & { readonly goals: { readonly [contender: string]: number } };

const KB = 1000;

const LOADS: readonly SmallLoad[] = [
  {
    title: 'new 1 KB, 64 connections',
    connections: 64,
    sizeBytes: KB,
    goals: { REST: 2.5, tRPC: 1.5, GraphQL: 1.25 },
  },
  { title: 'new 1 KB, 1 connection', connections: 1, sizeBytes: KB, goals: { REST: 1.3, tRPC: 1.3, GraphQL: 1.3 } },
  { title: 'known 1 KB, 64 connections', connections: 64, sizeBytes: KB, known: true, goals: { REST: 3.5 } },
];

/** Beside the gateway without any: every create is judged by what its account has left, and none is refused. */
const QUOTAS = { QUOTA_BYTES: '100000000000000', QUOTA_RESOURCES: '100000000000' };
const QUOTA_LOAD: SmallLoad = {
  title: 'new 1 KB, 64 connections, quotas',
  connections: 64,
  sizeBytes: KB,
  goals: { 'REST, quotas on': 0.92 },
};

/** In turn: one is replaced again long after the group that replaced it. */
const REPLACED_NAMES = 1_000;
const REPLACE_LOAD: SmallLoad = {
  title: 'new 1 KB, 64 connections, replace',
  connections: 64,
  sizeBytes: KB,
  goals: { 'REST, replace': 0.6 },
};

const COLUMNS: readonly Column[] = [
  { title: 'Small creates', align: 'left' },
  { title: 'Who', align: 'left' },
  { title: 'Ratio', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'creates/s', align: 'right' },
  { title: 'p50 ms', align: 'right' },
  { title: 'p99 ms', align: 'right' },
  { title: 'CPU us/create', align: 'right' },
];

export async function runSmall(bench: Bench): Promise<string> {
  await using baseline = await bench.world.startBaseline();
  await using gateway = await bench.world.startGateway();
  const contenders = toContenders({ baseline, gateway });
  const rows: (readonly string[])[] = [];
  for (const load of LOADS) {
    const results = await measureThroughput(contenders, { ...bench, load });
    rows.push(...results.map((result) => toRow(load, result)));
  }
  // New ones: the tables of the other are full.
  await using unlimited = await bench.world.startGateway();
  await using limited = await bench.world.startGateway({ settings: QUOTAS });
  const plain = { name: 'REST', server: unlimited, transport: REST };
  const beside: readonly (readonly [SmallLoad, Contender])[] = [
    [QUOTA_LOAD, { name: 'REST, quotas on', server: limited, transport: REST }],
    [REPLACE_LOAD, { name: 'REST, replace', server: unlimited, transport: REPLACE, names: REPLACED_NAMES }],
  ];
  for (const [load, contender] of beside) {
    const results = await measureThroughput([plain, contender], { ...bench, load });
    rows.push(...results.map((result) => toRow(load, result)));
  }
  return toTable(COLUMNS, rows);
}

function toRow({ title, goals }: SmallLoad, result: Throughput): readonly string[] {
  const goal = goals[result.name];
  return [
    title,
    result.name,
    result.ratio.toFixed(2),
    toGoal(result.ratio, goal === undefined ? null : { atLeast: goal }),
    result.perSecond.toFixed(0),
    result.p50Ms.toFixed(2),
    result.p99Ms.toFixed(2),
    (result.cpuMsPerCreate * 1000).toFixed(0),
  ];
}
