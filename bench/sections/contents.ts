// Reads of large contents: beside the baseline's, a bare server in Node that only reads and writes, and nginx; and what a
// crowd of readers takes of memory.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runReadLoad } from '../client/read-load.ts';
import { storeResources } from '../client/stored.ts';
import { toGoal } from '../report/goal.ts';
import { type Column, toTable } from '../report/table.ts';
import { type FileServer, startFileServer } from '../servers/files.ts';
import { readPeakMemory, resetPeakMemory } from '../servers/memory.ts';
import { type ServerProcess, spawnServer } from '../servers/server-process.ts';
import type { StoringServer } from '../servers/world.ts';
import { toContentAsk } from './read-asks.ts';
import { measureReads, type ReadCase, type Reader, toNginxReader } from './read-cases.ts';
import type { Bench } from './section.ts';

const MB = 1e6;
const MIB = 1024 ** 2;
const COUNT = 16;
const READERS = 100;
const GROWTH_GOAL = { below: 64 };

export async function runContents(bench: Bench): Promise<string> {
  const { settings, world, onMeasure } = bench;
  await using baseline = await world.startBaseline();
  await using gateway = await world.startGateway();
  await using nginx = await startFileServer(world.directory);
  await using bare = await startBare(bench);
  onMeasure('contents: storing what is to be read');
  const cases = await toCases({ bench, baseline, gateway, nginx, bare });
  const parts = [await measureReads(cases, bench)];
  onMeasure(`contents: ${READERS} readers at once`);
  const crowd = cases.at(-1)?.readers.find(({ server }) => server === gateway);
  if (crowd !== undefined) parts.push(await measureMemory(crowd, { bench, gateway, sizeBytes: settings.largeBytes }));
  return parts.join('\n\n');
}

type Servers = {
  readonly bench: Bench;
  readonly baseline: StoringServer;
  readonly gateway: StoringServer;
  readonly nginx: FileServer | null;
  readonly bare: ServerProcess;
};

async function toCases({ bench, baseline, gateway, nginx, bare }: Servers): Promise<readonly ReadCase[]> {
  const { largeBytes } = bench.settings;
  const sizes = [
    { title: 'content of 1 MB, 8 connections', connections: 8, count: COUNT, sizeBytes: MB },
    { title: `one content of ${largeBytes / MB} MB`, connections: 1, count: 1, sizeBytes: largeBytes },
  ];
  const cases: ReadCase[] = [];
  for (const { title, connections, ...stored } of sizes) {
    const token = bench.world.token;
    const theirs = await storeResources({ ...stored, token, url: baseline.url });
    const ours = await storeResources({ ...stored, token, url: gateway.url });
    const files = (await nginx?.provide(stored)) ?? [];
    const readers = [
      { name: 'baseline', url: baseline.url, server: baseline, asks: theirs.map(toContentAsk) },
      { name: 'REST', url: gateway.url, server: gateway, asks: ours.map(toContentAsk), goal: { toNginx: 0.7 } },
      { name: 'bare', url: bare.url, server: bare, asks: theirs.map((_, serial) => toBareAsk(serial, stored)) },
      ...toNginxReader(nginx, files),
    ];
    cases.push({ title, connections, readers, sizeBytes: stored.sizeBytes });
  }
  return cases;
}

async function startBare({ world }: Bench): Promise<ServerProcess> {
  const folder = join(world.directory, 'bare-files');
  await mkdir(folder);
  return await spawnServer({ script: 'bench/servers/bare-files-main.ts', args: [folder], env: {}, directory: folder });
}

/** The server makes a file of so many bytes when it is first asked for. */
function toBareAsk(serial: number, { sizeBytes }: { readonly sizeBytes: number }) {
  return { method: 'GET', path: `/${sizeBytes}-${serial}` } as const;
}

const MEMORY_COLUMNS: readonly Column[] = [
  { title: 'Memory', align: 'left' },
  { title: 'Growth MiB', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'Peak MiB', align: 'right' },
  { title: 'MB/s', align: 'right' },
];

/** Warmed up by what was measured before; in the time measured, each reader is somewhere within the content. */
async function measureMemory(
  { asks }: Reader,
  { bench, gateway, sizeBytes }: { bench: Bench; gateway: ServerProcess; sizeBytes: number },
): Promise<string> {
  const { world, settings } = bench;
  await resetPeakMemory(gateway.pid);
  const before = await readPeakMemory(gateway.pid);
  // Long enough for each of them to take the whole content.
  const durationMs = Math.max(settings.durationMs, (READERS * sizeBytes) / MB);
  const load = { url: gateway.url, token: world.token, asks, connections: READERS, durationMs };
  const { mbPerSecond } = await runReadLoad(load);
  const peak = await readPeakMemory(gateway.pid);
  const growthMib = (peak - before) / MIB;
  return toTable(MEMORY_COLUMNS, [
    [
      `${READERS} readers of ${sizeBytes / MB} MB at once`,
      growthMib.toFixed(0),
      toGoal(growthMib, GROWTH_GOAL),
      (peak / MIB).toFixed(0),
      mbPerSecond.toFixed(0),
    ],
  ]);
}
