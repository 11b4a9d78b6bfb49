// Whether small creates keep being answered while a large one runs.
import { type LoadResult, runLoad, runOne } from '../client/load.ts';
import { REST } from '../client/transports.ts';
import { toGoal } from '../report/goal.ts';
import { type Column, toTable } from '../report/table.ts';
import type { Bench } from './section.ts';
import { type Contender, toContenders } from './subjects.ts';

const MB = 1e6;
/** Longest turn of the event loop. */
const GOAL = { below: 50 };
const NEIGHBOURS = 4;
/** Long enough for any large create; the load ends with it. */
const NEVER_MS = 600_000;

const COLUMNS: readonly Column[] = [
  { title: 'While a large create runs', align: 'left' },
  { title: 'Large one in', align: 'left' },
  { title: 'Longest turn ms', align: 'right' },
  { title: 'Goal', align: 'left' },
  { title: 'Small creates: longest ms', align: 'right' },
  { title: 'p99 ms', align: 'right' },
  { title: 'per second', align: 'right' },
];

type Measured = LoadResult & { readonly longestTurnMs: number };

export async function runStall(bench: Bench): Promise<string> {
  await using baseline = await bench.world.startBaseline();
  await using gateway = await bench.world.startGateway();
  const contenders = toContenders({ baseline, gateway });
  const rows: (readonly string[])[] = [];
  for (const contender of contenders) {
    const isBaseline = contender.server === baseline;
    const who = isBaseline ? 'baseline' : 'gateway';
    await besides(contender, bench, wait(bench.settings.warmUpMs));
    bench.onMeasure(`stall: ${who}, without a large create`);
    if (contender.transport === REST) {
      rows.push(toRow([`${who}, for comparison`, 'none'], await besides(contender, bench, wait(2_000)), null));
    }
    bench.onMeasure(`stall: ${who}, ${contender.transport.name}`);
    const results: Measured[] = [];
    for (let round = 0; round < bench.settings.rounds; round += 1) {
      results.push(await besides(contender, bench, () => createLarge(contender, bench)));
    }
    const worst = results.reduce((a, b) => (a.longestTurnMs > b.longestTurnMs ? a : b));
    const title = `${who}, ${bench.settings.largeBytes / MB} MB, worst of ${results.length}`;
    rows.push(toRow([title, contender.transport.name], worst, isBaseline ? null : GOAL));
  }
  return toTable(COLUMNS, rows);
}

/** Small creates in REST for as long as `work` takes. */
async function besides({ server }: Contender, { world }: Bench, work: () => Promise<unknown>): Promise<Measured> {
  const ended = new AbortController();
  const create = { transport: REST, sizeBytes: 1_000, token: world.token };
  await server.read();
  const [load] = await Promise.all([
    runLoad({
      url: server.url,
      create,
      connections: NEIGHBOURS,
      durationMs: NEVER_MS,
      signal: ended.signal,
    }),
    work().finally(() => ended.abort()),
  ]);
  return { ...load, longestTurnMs: (await server.read()).longestTurnMs };
}

function createLarge({ server, transport }: Contender, { world, settings }: Bench): Promise<unknown> {
  const create = { transport, sizeBytes: settings.largeBytes, token: world.token };
  return runOne({ url: server.url, create });
}

const wait = (durationMs: number) => () => new Promise((resolve) => setTimeout(resolve, durationMs));

function toRow(names: readonly string[], measured: Measured, goal: { below: number } | null): readonly string[] {
  return [
    ...names,
    measured.longestTurnMs.toFixed(1),
    toGoal(measured.longestTurnMs, goal),
    measured.longestMs.toFixed(1),
    measured.p99Ms.toFixed(1),
    measured.perSecond.toFixed(0),
  ];
}
