// How far creates of 1 MB are from what this machine gives: beside a bare server that only receives, decodes, hashes,
// writes and syncs.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { REST } from '../client/transports.ts';
import { toGoal } from '../report/goal.ts';
import { type Column, toTable } from '../report/table.ts';
import { type ServerProcess, spawnServer } from '../servers/server-process.ts';
import type { World } from '../servers/world.ts';
import type { Bench } from './section.ts';
import { measureThroughput } from './throughput.ts';

const MB = 1e6;
const GOAL = { atLeast: 0.85 };
const LOAD = { title: '1 MB, 8 at once', connections: 8, sizeBytes: MB };

const COLUMNS: readonly Column[] = [
  { title: 'Against a bare server', align: 'left' },
  { title: 'Who', align: 'left' },
  { title: 'Ratio', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'MB/s', align: 'right' },
  { title: 'CPU ms/MB', align: 'right' },
];

export async function runBare(bench: Bench): Promise<string> {
  await using bare = await startBare(bench.world);
  await using baseline = await bench.world.startBaseline();
  await using gateway = await bench.world.startGateway();
  const contenders = [
    { name: 'bare', server: bare, transport: REST },
    { name: 'REST', server: gateway, transport: REST },
    { name: 'baseline', server: baseline, transport: REST },
  ];
  const results = await measureThroughput(contenders, { ...bench, load: LOAD });
  return toTable(
    COLUMNS,
    results.map(({ name, ratio, perSecond, cpuMsPerCreate }) => [
      LOAD.title,
      name,
      ratio.toFixed(2),
      toGoal(ratio, name === 'REST' ? GOAL : null),
      perSecond.toFixed(0),
      cpuMsPerCreate.toFixed(2),
    ]),
  );
}

async function startBare({ directory }: World): Promise<ServerProcess> {
  const folder = join(directory, 'bare');
  await mkdir(folder);
  return await spawnServer({ script: 'bench/servers/bare-main.ts', args: [folder], env: {}, directory: folder });
}
