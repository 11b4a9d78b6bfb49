// Reads of every size: a record, contents, a page of a directory; beside the baseline's, and nginx with files alone.
import { openConnection } from '../client/connection.ts';
import { type Ask, type ReadLoadResult, runReadLoad, toReadRequest } from '../client/read-load.ts';
import { storeResources } from '../client/stored.ts';
import { toGoal } from '../report/goal.ts';
import { median, medianRatio, runRounds } from '../report/rounds.ts';
import { type Column, toTable } from '../report/table.ts';
import { type FileServer, startFileServer } from '../servers/files.ts';
import { readPeakMemory, resetPeakMemory } from '../servers/memory.ts';
import { analyze } from '../servers/resources.ts';
import type { ServerProcess } from '../servers/server-process.ts';
import type { StoringServer } from '../servers/world.ts';
import { toContentAsk, toGraphqlPageAsk, toPageAsk, toRecordAsk, toTrpcPageAsk } from './read-asks.ts';
import type { Bench } from './section.ts';

const KB = 1_000;
const MB = 1e6;
const MIB = 1024 ** 2;
/** More than a page of each directory. */
const DIRECTORIES = Array.from({ length: 16 }, (_, number) => `/bench/d${number}`);
const PER_DIRECTORY = 60;
const LARGE_COUNT = 16;
const PAGE_SIZE = 50;
const READERS = 100;
const GROWTH_GOAL = { below: 64 };

/** Who is asked, for what, and what is expected of it in comparison. */
type Reader = {
  readonly name: string;
  readonly url: URL;
  /** Absent: its CPU is not told. */
  readonly server?: ServerProcess;
  readonly asks: readonly Ask[];
  /** Of the first reader's rate, and of the last one's. */
  readonly goal?: { readonly toBaseline: number } | { readonly toNginx: number };
};
type Case = {
  readonly title: string;
  readonly connections: number;
  readonly readers: readonly Reader[];
  /** Of a content so large that an answer which is not whole when time is up counts as a part of one. */
  readonly sizeBytes?: number;
};
type Measured = ReadLoadResult & { readonly cpuMsPerRead: number };

const COLUMNS: readonly Column[] = [
  { title: 'Reads', align: 'left' },
  { title: 'Who', align: 'left' },
  { title: 'Ratio', align: 'right' },
  { title: 'from–to', align: 'left' },
  { title: 'Of nginx', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'reads/s', align: 'right' },
  { title: 'MB/s', align: 'right' },
  { title: 'p50 ms', align: 'right' },
  { title: 'p99 ms', align: 'right' },
  { title: 'CPU us/read', align: 'right' },
];

const NGINX = 'nginx';

export async function runReads(bench: Bench): Promise<string> {
  const { settings, world, onMeasure } = bench;
  await using baseline = await world.startBaseline();
  await using gateway = await world.startGateway();
  await using nginx = await startFileServer(world.directory);
  onMeasure('reads: storing what is to be read');
  const cases = [
    ...(await toSmallCases({ bench, baseline, gateway, nginx })),
    ...(await toContentCases({ bench, baseline, gateway, nginx })),
  ];
  const rows: (readonly string[])[] = [];
  for (const one of cases) {
    for (const reader of one.readers) await requireSuccess(reader, bench);
    rows.push(...(await measureCase(one, bench)));
  }
  const parts = [toTable(COLUMNS, rows)];
  onMeasure(`reads: ${READERS} readers at once`);
  const crowd = cases.at(-1)?.readers.find(({ server }) => server === gateway);
  if (crowd !== undefined) parts.push(await measureMemory(crowd, { bench, gateway, sizeBytes: settings.largeBytes }));
  return parts.join('\n\n');
}

type Servers = {
  readonly bench: Bench;
  readonly baseline: StoringServer;
  readonly gateway: StoringServer;
  readonly nginx: FileServer | null;
};

/** A record, a content of 1 KB, and a page, all from the same resources. */
async function toSmallCases({ bench, baseline, gateway, nginx }: Servers): Promise<readonly Case[]> {
  const theirs = await storeInDirectories(baseline, bench);
  const ours = await storeInDirectories(gateway, bench);
  const files = (await nginx?.provide({ count: ours.length, sizeBytes: KB })) ?? [];
  const ofBaseline = { name: 'baseline', url: baseline.url, server: baseline };
  const ofGateway = { name: 'REST', url: gateway.url, server: gateway };
  const toPageCase = (which: string, directories: readonly string[]): Case => {
    const pages = directories.map((directory) => ({ directory, limit: PAGE_SIZE }));
    return {
      title: `page of ${PAGE_SIZE} of ${which}, 16 connections`,
      connections: 16,
      readers: [
        { ...ofBaseline, asks: pages.map(toPageAsk) },
        { ...ofGateway, asks: pages.map(toPageAsk), goal: { toBaseline: 1.5 } },
        { ...ofGateway, name: 'tRPC', asks: pages.map(toTrpcPageAsk), goal: { toBaseline: 1 } },
        { ...ofGateway, name: 'GraphQL', asks: pages.map(toGraphqlPageAsk), goal: { toBaseline: 0.7 } },
      ],
    };
  };
  return [
    {
      title: 'one record, 64 connections',
      connections: 64,
      readers: [
        { ...ofBaseline, asks: theirs.map(toRecordAsk) },
        { ...ofGateway, asks: ours.map(toRecordAsk), goal: { toBaseline: 2.5 } },
      ],
    },
    {
      title: 'content of 1 KB, 64 connections',
      connections: 64,
      readers: [
        { ...ofBaseline, asks: theirs.map(toContentAsk) },
        { ...ofGateway, asks: ours.map(toContentAsk), goal: { toBaseline: 2.5 } },
        ...toNginxReader(nginx, files),
      ],
    },
    toPageCase('one directory', DIRECTORIES.slice(0, 1)),
    toPageCase('16 directories', DIRECTORIES),
  ];
}

/** Where PostgreSQL has looked at them, as it does by itself after a while. @returns the ids */
async function storeInDirectories(server: StoringServer, { world }: Bench): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const directory of DIRECTORIES) {
    const stored = { url: server.url, token: world.token, count: PER_DIRECTORY, sizeBytes: KB, directory };
    ids.push(...(await storeResources(stored)));
  }
  await analyze(server.databaseUrl);
  return ids;
}

async function toContentCases({ bench, baseline, gateway, nginx }: Servers): Promise<readonly Case[]> {
  const { largeBytes } = bench.settings;
  const sizes = [
    { title: 'content of 1 MB, 8 connections', connections: 8, count: LARGE_COUNT, sizeBytes: MB },
    { title: `one content of ${largeBytes / MB} MB`, connections: 1, count: 1, sizeBytes: largeBytes },
  ];
  const cases: Case[] = [];
  for (const { title, connections, ...stored } of sizes) {
    const token = bench.world.token;
    const theirs = await storeResources({ ...stored, token, url: baseline.url });
    const ours = await storeResources({ ...stored, token, url: gateway.url });
    const files = (await nginx?.provide(stored)) ?? [];
    const readers = [
      { name: 'baseline', url: baseline.url, server: baseline, asks: theirs.map(toContentAsk) },
      { name: 'REST', url: gateway.url, server: gateway, asks: ours.map(toContentAsk), goal: { toNginx: 0.7 } },
      ...toNginxReader(nginx, files),
    ];
    cases.push({ title, connections, readers, sizeBytes: stored.sizeBytes });
  }
  return cases;
}

function toNginxReader(nginx: FileServer | null, files: readonly string[]): readonly Reader[] {
  return nginx === null ? [] : [{ name: NGINX, url: nginx.url, asks: files.map((path) => ({ method: 'GET', path })) }];
}

/** What wrk cannot see: whether an answer holds what was asked for. */
async function requireSuccess({ name, url, asks }: Reader, { world }: Bench): Promise<void> {
  const [ask] = asks;
  if (ask === undefined || name === NGINX) return;
  using client = await openConnection(url);
  const { status, body } = await client.ask(toReadRequest(ask, world.token));
  const isPage = /directory_path|resource\.list|graphql/.test(ask.path);
  const items = body.split('"sha256":').length - 1;
  if (status !== 200 || (isPage && items !== PAGE_SIZE)) {
    throw new Error(`${name} answered ${status} to ${ask.path}: ${body.slice(0, 500)}`);
  }
}

async function measureCase(one: Case, { world, settings, onMeasure }: Bench): Promise<readonly (readonly string[])[]> {
  const { title, connections, readers, sizeBytes } = one;
  async function run({ url, server, asks }: Reader, durationMs: number): Promise<Measured> {
    await server?.read();
    const result = await runReadLoad({ url, token: world.token, asks, connections, durationMs });
    const cpuMs = (await server?.read())?.cpuMs ?? Number.NaN;
    const perSecond = sizeBytes === undefined ? result.perSecond : (result.mbPerSecond * MB) / sizeBytes;
    return { ...result, perSecond, cpuMsPerRead: cpuMs / (perSecond * (result.tookMs / 1000)) };
  }
  onMeasure(`${title}: warming up`);
  for (const reader of readers) await run(reader, settings.warmUpMs);
  const { subjects } = await runRounds(
    readers.map((reader) => ({ name: `${title}: ${reader.name}`, measure: () => run(reader, settings.durationMs) })),
    { rounds: settings.rounds, onMeasure },
  );
  const rates = (at: number) => subjects[at]?.results.map(({ perSecond }) => perSecond) ?? [];
  const nginx = readers.findIndex(({ name }) => name === NGINX);
  return readers.map((reader, at) => {
    const results = subjects[at]?.results ?? [];
    const ratios = rates(at).map((rate, round) => rate / (rates(0)[round] ?? Number.NaN));
    const ratio = medianRatio(rates(at), rates(0));
    const ofNginx = nginx === -1 ? null : medianRatio(rates(at), rates(nginx));
    return [
      title,
      reader.name,
      ratio.toFixed(2),
      `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
      ofNginx === null ? '' : `${(ofNginx * 100).toFixed(0)} %`,
      toReaderGoal(reader, { ratio, ofNginx }),
      median(rates(at)).toFixed(sizeBytes === undefined ? 0 : 1),
      median(results.map(({ mbPerSecond }) => mbPerSecond)).toFixed(0),
      median(results.map(({ p50Ms }) => p50Ms)).toFixed(2),
      median(results.map(({ p99Ms }) => p99Ms)).toFixed(2),
      reader.server === undefined ? '' : (median(results.map(({ cpuMsPerRead }) => cpuMsPerRead)) * 1000).toFixed(0),
    ];
  });
}

function toReaderGoal({ goal }: Reader, { ratio, ofNginx }: { ratio: number; ofNginx: number | null }): string {
  if (goal === undefined) return '';
  if ('toBaseline' in goal) return toGoal(ratio, { atLeast: goal.toBaseline });
  return ofNginx === null ? 'nginx is not installed' : `of nginx ${toGoal(ofNginx, { atLeast: goal.toNginx })}`;
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
