// How reads are compared: the same ask to several servers in turn, and a row for each.
import { openConnection } from '../client/connection.ts';
import { type Ask, type ReadLoadResult, runReadLoad, toReadRequest } from '../client/read-load.ts';
import { toGoal } from '../report/goal.ts';
import { median, medianRatio, runRounds } from '../report/rounds.ts';
import { type Column, toTable } from '../report/table.ts';
import type { FileServer } from '../servers/files.ts';
import type { ServerProcess } from '../servers/server-process.ts';
import type { Bench } from './section.ts';

const MB = 1e6;
export const PAGE_SIZE = 50;
const NGINX = 'nginx';

/** Who is asked, for what, and what is expected of it in comparison. */
export type Reader = {
  readonly name: string;
  readonly url: URL;
  /** Absent: its CPU is not told. */
  readonly server?: ServerProcess;
  readonly asks: readonly Ask[];
  /** Of the first reader's rate, and of the last one's. */
  readonly goal?: { readonly toBaseline: number } | { readonly toNginx: number };
};
export type ReadCase = {
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

/** Asks each case's readers in turn. @returns a table; @throws when one does not answer what is asked for */
export async function measureReads(cases: readonly ReadCase[], bench: Bench): Promise<string> {
  const rows: (readonly string[])[] = [];
  for (const one of cases) {
    // A large content is not gathered to be looked at.
    if (one.sizeBytes === undefined) for (const reader of one.readers) await requireSuccess(reader, bench);
    rows.push(...(await measureCase(one, bench)));
  }
  return toTable(COLUMNS, rows);
}

/** nginx with these files, where it is installed. */
export function toNginxReader(nginx: FileServer | null, files: readonly string[]): readonly Reader[] {
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

async function measureCase(
  one: ReadCase,
  { world, settings, onMeasure }: Bench,
): Promise<readonly (readonly string[])[]> {
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
