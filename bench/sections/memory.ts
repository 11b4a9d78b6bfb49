// How far a server's peak memory grows during creates that are larger than it may ever hold.
import { runLoad, runOne } from '../client/load.ts';
import { REST, TRANSPORTS, type Transport } from '../client/transports.ts';
import { toGoal } from '../report/goal.ts';
import { type Column, toTable } from '../report/table.ts';
import { readPeakMemory, resetPeakMemory } from '../servers/memory.ts';
import { startS3 } from '../servers/s3.ts';
import type { ServerProcess } from '../servers/server-process.ts';
import type { Bench } from './section.ts';

const MB = 1e6;
const MIB = 1024 ** 2;
const CROWD = 16;
const SINGLE_GOAL = { below: 64 };
const CROWD_GOAL = { below: 256 };

const COLUMNS: readonly Column[] = [
  { title: 'Memory', align: 'left' },
  { title: 'Who', align: 'left' },
  { title: 'Growth MiB', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'Peak MiB', align: 'right' },
  { title: 'MB/s', align: 'right' },
];

type Creates = { readonly transport: Transport; readonly sizeBytes: number; readonly atOnce: number };
type Measured = { readonly growthMib: number; readonly peakMib: number; readonly mbPerSecond: number };

export async function runMemory(bench: Bench): Promise<string> {
  const { hugeBytes, crowdBytes } = bench.settings;
  const rows = [await measureBaseline(bench)];

  for (const transport of TRANSPORTS) {
    await using gateway = await bench.world.startGateway();
    rows.push(await measureRow(gateway, { bench, where: 'directory', transport, sizeBytes: hugeBytes, atOnce: 1 }));
  }
  for (const transport of TRANSPORTS) {
    await using s3 = await startS3();
    if (s3 === null) {
      rows.push([
        toTitle({ sizeBytes: hugeBytes, atOnce: 1 }, 'S3'),
        transport.name,
        '',
        'Ceph RGW is not installed',
        '',
        '',
      ]);
      continue;
    }
    await using gateway = await bench.world.startGateway({ s3 });
    rows.push(await measureRow(gateway, { bench, where: 'S3', transport, sizeBytes: hugeBytes, atOnce: 1 }));
  }
  await using gateway = await bench.world.startGateway();
  rows.push(
    await measureRow(gateway, { bench, where: 'directory', transport: REST, sizeBytes: crowdBytes, atOnce: CROWD }),
  );
  return toTable(COLUMNS, rows);
}

async function measureBaseline(bench: Bench): Promise<readonly string[]> {
  await using baseline = await bench.world.startBaseline();
  const creates = { transport: REST, sizeBytes: bench.settings.hugeBytes, atOnce: 1 };
  const title = toTitle(creates, 'directory');
  bench.onMeasure(`${title}: baseline`);
  try {
    return toRow({ title, name: 'baseline' }, await measureGrowth(baseline, { ...creates, token: bench.world.token }));
  } catch (error) {
    const words = /(\w*Error[^"\\\n]{0,60})/.exec(await baseline.lastWords())?.[1];
    const reason = words ?? (error instanceof Error ? error.message : String(error));
    return [title, 'baseline', '', `fails: ${reason.trim()}`, '', ''];
  }
}

type RowOptions = Creates & { readonly bench: Bench; readonly where: string };

async function measureRow(gateway: ServerProcess, options: RowOptions): Promise<readonly string[]> {
  const { bench, where, ...creates } = options;
  const title = toTitle(creates, where);
  bench.onMeasure(`${title}: ${creates.transport.name}`);
  await warmUp(gateway, { ...creates, token: bench.world.token, durationMs: bench.settings.warmUpMs });
  const measured = await measureGrowth(gateway, { ...creates, token: bench.world.token });
  return toRow({ title, name: creates.transport.name, goal: creates.atOnce > 1 ? CROWD_GOAL : SINGLE_GOAL }, measured);
}

/** What a process needs for its first requests, such as compiled code, is no growth of a create. */
async function warmUp(
  server: ServerProcess,
  { transport, token, durationMs }: Creates & { token: string; durationMs: number },
): Promise<void> {
  for (const sizeBytes of [1_000, MB]) {
    const create = { transport, sizeBytes, token };
    await runLoad({ url: server.url, create, connections: 1, durationMs });
  }
}

async function measureGrowth(
  server: ServerProcess,
  { transport, sizeBytes, atOnce, token }: Creates & { token: string },
): Promise<Measured> {
  await resetPeakMemory(server.pid);
  const before = await readPeakMemory(server.pid);
  const startedMs = performance.now();
  const create = { transport, sizeBytes, token };
  await Promise.all(Array.from({ length: atOnce }, () => runOne({ url: server.url, create })));
  const tookMs = performance.now() - startedMs;
  const peak = await readPeakMemory(server.pid);
  return {
    growthMib: (peak - before) / MIB,
    peakMib: peak / MIB,
    mbPerSecond: (atOnce * sizeBytes) / MB / (tookMs / 1000),
  };
}

function toTitle({ sizeBytes, atOnce }: Omit<Creates, 'transport'>, where: string): string {
  return `${atOnce === 1 ? 'one' : `${atOnce} x`} ${sizeBytes / MB} MB into ${where}`;
}

function toRow(
  { title, name, goal = null }: { title: string; name: string; goal?: { below: number } | null },
  { growthMib, peakMib, mbPerSecond }: Measured,
): readonly string[] {
  return [title, name, growthMib.toFixed(0), toGoal(growthMib, goal), peakMib.toFixed(0), mbPerSecond.toFixed(0)];
}
