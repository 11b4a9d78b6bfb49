// A large content that the gateway fetches by itself, beside one as large that is sent to it.
import { FORM, fetchFrom, runSourceCreate, type Source } from '../client/sources.ts';
import { toGoal } from '../report/goal.ts';
import { median, medianRatio, runRounds } from '../report/rounds.ts';
import { type Column, toTable } from '../report/table.ts';
import { readPeakMemory, resetPeakMemory } from '../servers/memory.ts';
import { type Origin, startOrigin } from '../servers/origin.ts';
import type { Bench } from './section.ts';

const MB = 1e6;
const MIB = 1024 ** 2;
/** To the form. */
const RATE_GOAL = { atLeast: 0.7 };
const GROWTH_GOAL = { below: 64 };

const COLUMNS: readonly Column[] = [
  { title: 'Remote', align: 'left' },
  { title: 'How', align: 'left' },
  { title: 'Ratio', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'MB/s', align: 'right' },
  { title: 'Growth MiB', align: 'right' },
  { title: 'Goal', align: 'left' },
];

type Measured = { readonly mbPerSecond: number; readonly growthMib: number };

export async function runRemote(bench: Bench): Promise<string> {
  const { settings, world, onMeasure } = bench;
  await using origin = await startOrigin(world.directory);
  const title = `one ${settings.largeBytes / MB} MB`;
  // The form comes first: the fetch is compared with it.
  const sources = [FORM, fetchFrom(origin.toUri)];
  const { subjects } = await runRounds(
    sources.map((source) => ({
      name: `remote: ${title} ${source.name}`,
      measure: () => measure(source, { bench, origin }),
    })),
    { rounds: settings.rounds, onMeasure },
  );
  const rates = (at: number) => subjects[at]?.results.map(({ mbPerSecond }) => mbPerSecond) ?? [];
  const rows = subjects.map(({ results }, at) => {
    const ratio = medianRatio(rates(at), rates(0));
    const growthMib = median(results.map((result) => result.growthMib));
    return [
      title,
      sources[at]?.name ?? '',
      ratio.toFixed(2),
      toGoal(ratio, at === 0 ? null : RATE_GOAL),
      median(rates(at)).toFixed(0),
      growthMib.toFixed(0),
      toGoal(growthMib, at === 0 ? null : GROWTH_GOAL),
    ];
  });
  return toTable(COLUMNS, rows);
}

/** In a gateway of its own: one that has grown before would not grow again. */
async function measure(source: Source, { bench, origin }: { bench: Bench; origin: Origin }): Promise<Measured> {
  const { settings, world } = bench;
  await using gateway = await world.startGateway({ allowHosts: [origin.host] });
  const create = (sizeBytes: number) => runSourceCreate({ url: gateway.url, source, sizeBytes, token: world.token });
  for (const sizeBytes of [1_000, MB]) {
    const endMs = performance.now() + settings.warmUpMs;
    while (performance.now() < endMs) await create(sizeBytes);
  }
  await resetPeakMemory(gateway.pid);
  const before = await readPeakMemory(gateway.pid);
  const { tookMs } = await create(settings.largeBytes);
  const peak = await readPeakMemory(gateway.pid);
  return { mbPerSecond: settings.largeBytes / MB / (tookMs / 1000), growthMib: (peak - before) / MIB };
}
