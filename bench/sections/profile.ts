// Where the gateway's main thread spends its time: V8's own profile under each load.
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runLoad, runOne } from '../client/load.ts';
import { REST, TRANSPORTS, type Transport } from '../client/transports.ts';
import { type CpuProfile, summariseProfile, type TimeShare } from '../report/profile-summary.ts';
import { type Column, toTable } from '../report/table.ts';
import type { ServerProcess } from '../servers/server-process.ts';
import type { Bench } from './section.ts';

const MB = 1e6;
const MAX_ROWS = 25;

const COLUMNS: readonly Column[] = [
  { title: 'Main thread in', align: 'left' },
  { title: 'us/create', align: 'right' },
  { title: '%', align: 'right' },
];

type Work = (gateway: ServerProcess) => Promise<{ readonly creates: number }>;

export async function runProfile(bench: Bench): Promise<string> {
  const { settings, world } = bench;
  const toWork =
    (transport: Transport, { sizeBytes, connections }: { sizeBytes: number; connections: number }): Work =>
    async ({ url }) => {
      const create = { transport, sizeBytes, token: world.token };
      const { answered } = await runLoad({ url, create, connections, durationMs: settings.durationMs });
      return { creates: answered };
    };
  const parts: string[] = [];
  for (const transport of TRANSPORTS) {
    const work = toWork(transport, { sizeBytes: 1_000, connections: 64 });
    parts.push(await profile(bench, { title: `${transport.name}, 1 KB at 64`, warmUp: work, work }));
  }
  const crowd = toWork(REST, { sizeBytes: MB, connections: 8 });
  parts.push(await profile(bench, { title: 'REST, 1 MB at 8', warmUp: crowd, work: crowd }));
  const large: Work = async ({ url }) => {
    await runOne({ url, create: { transport: REST, sizeBytes: settings.largeBytes, token: world.token } });
    return { creates: 1 };
  };
  parts.push(await profile(bench, { title: `REST, one ${settings.largeBytes / MB} MB`, warmUp: large, work: large }));
  return parts.join('\n\n');
}

async function profile(bench: Bench, { title, warmUp, work }: { title: string; warmUp: Work; work: Work }) {
  bench.onMeasure(`profile: ${title}`);
  const directory = await mkdtemp(join(bench.world.directory, 'profile-'));
  const startedMs = performance.now();
  let fromMs = 0;
  let creates = 0;
  {
    await using gateway = await bench.world.startGateway({ nodeFlags: ['--cpu-prof', `--cpu-prof-dir=${directory}`] });
    await warmUp(gateway);
    fromMs = performance.now() - startedMs;
    ({ creates } = await work(gateway));
  }
  // The profile is written when the process ends.
  const [file] = await readdir(directory);
  const summary = summariseProfile(await readProfile(join(directory, file as string)), { fromMs });
  const rows = (times: readonly TimeShare[]) =>
    times
      .slice(0, MAX_ROWS)
      .map(({ name, ms }) => [name, ((ms * 1000) / creates).toFixed(1), ((ms / summary.busyMs) * 100).toFixed(1)]);
  const busy = `${((summary.busyMs * 1000) / creates).toFixed(0)} us of the main thread a create`;
  return [
    `### ${title}: ${busy}`,
    toTable(COLUMNS, rows(summary.owners)),
    toTable(COLUMNS, rows(summary.functions)),
  ].join('\n\n');
}

async function readProfile(path: string): Promise<CpuProfile> {
  return JSON.parse(await readFile(path, 'utf8'));
}
