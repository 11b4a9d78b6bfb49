// Large creates: 1 MB at 8 at once, and one so large that its body fills most of a string.
import { runOne } from '../client/load.ts';
import { toGoal } from '../report/goal.ts';
import { median, medianRatio, runRounds } from '../report/rounds.ts';
import { type Column, toTable } from '../report/table.ts';
import type { Bench } from './section.ts';
import { type Contender, toContenders } from './subjects.ts';
import { measureThroughput } from './throughput.ts';

const MB = 1e6;
const GOAL = { atLeast: 3 };

const COLUMNS: readonly Column[] = [
  { title: 'Large creates', align: 'left' },
  { title: 'Who', align: 'left' },
  { title: 'Ratio', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'MB/s', align: 'right' },
  { title: 'CPU ms/MB', align: 'right' },
];

type Row = {
  readonly title: string;
  readonly name: string;
  readonly ratio: number;
  readonly mbPerSecond: number;
  readonly cpuMsPerMb: number;
};

export async function runLarge(bench: Bench): Promise<string> {
  await using baseline = await bench.world.startBaseline();
  await using gateway = await bench.world.startGateway();
  const contenders = toContenders({ baseline, gateway });
  const load = { title: '1 MB, 8 at once', connections: 8, sizeBytes: MB };
  const crowd = await measureThroughput(contenders, { ...bench, load });
  const single = await measureSingle(contenders, bench);
  const rows = [
    ...crowd.map((result) => ({
      ...result,
      title: load.title,
      mbPerSecond: result.perSecond,
      cpuMsPerMb: result.cpuMsPerCreate,
    })),
    ...single,
  ];
  return toTable(
    COLUMNS,
    rows.map(({ title, name, ratio, mbPerSecond, cpuMsPerMb }, at) => [
      title,
      name,
      ratio.toFixed(2),
      toGoal(ratio, at % contenders.length === 0 ? null : GOAL),
      mbPerSecond.toFixed(0),
      cpuMsPerMb.toFixed(2),
    ]),
  );
}

async function measureSingle(contenders: readonly Contender[], bench: Bench): Promise<readonly Row[]> {
  const { world, settings, onMeasure } = bench;
  const sizeBytes = settings.largeBytes;
  const title = `one ${sizeBytes / MB} MB`;
  const subjects = contenders.map(({ name, server, transport }) => ({
    name: `${title}: ${name}`,
    measure: async () => {
      await server.read();
      const { tookMs } = await runOne({ url: server.url, create: { transport, sizeBytes, token: world.token } });
      const { cpuMs } = await server.read();
      return { mbPerSecond: sizeBytes / MB / (tookMs / 1000), cpuMsPerMb: cpuMs / (sizeBytes / MB) };
    },
  }));
  const measured = await runRounds(subjects, { rounds: settings.rounds, onMeasure });
  const rates = (at: number) => measured.subjects[at]?.results.map(({ mbPerSecond }) => mbPerSecond) ?? [];
  return measured.subjects.map(({ results }, at) => ({
    title,
    name: contenders[at]?.name ?? '',
    ratio: medianRatio(rates(at), rates(0)),
    mbPerSecond: median(rates(at)),
    cpuMsPerMb: median(results.map(({ cpuMsPerMb }) => cpuMsPerMb)),
  }));
}
