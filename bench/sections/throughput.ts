// Creates per second of every contender under one load, in alternating rounds.
import { takeSerial } from '../client/creates.ts';
import { type LoadResult, runLoad } from '../client/load.ts';
import { median, medianRatio, runRounds } from '../report/rounds.ts';
import type { Bench } from './section.ts';
import type { Contender } from './subjects.ts';

export type Throughput = {
  readonly name: string;
  /** To the first contender in the same rounds. */
  readonly ratio: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerCreate: number;
};

export type ThroughputLoad = {
  readonly title: string;
  readonly connections: number;
  readonly sizeBytes: number;
  /** Whether each round sends the same bytes throughout. */
  readonly known?: boolean;
};

type Measured = LoadResult & { readonly cpuMsPerCreate: number };

/** The contenders' figures, in their order. */
export async function measureThroughput(
  contenders: readonly Contender[],
  { world, settings, onMeasure, load }: Bench & { readonly load: ThroughputLoad },
): Promise<readonly Throughput[]> {
  const { connections, sizeBytes, known = false } = load;

  async function run({ server, transport, names }: Contender, durationMs: number): Promise<Measured> {
    const content = known ? { contentSerial: takeSerial() } : {};
    const create = { transport, sizeBytes, token: world.token, ...content, ...(names !== undefined && { names }) };
    await server.read();
    const result = await runLoad({ url: server.url, create, connections, durationMs });
    const { cpuMs } = await server.read();
    return { ...result, cpuMsPerCreate: cpuMs / result.answered };
  }

  onMeasure(`${load.title}: warming up`);
  for (const contender of contenders) await run(contender, settings.warmUpMs);
  const { subjects } = await runRounds(
    contenders.map((contender) => ({
      name: `${load.title}: ${contender.name}`,
      measure: () => run(contender, settings.durationMs),
    })),
    { rounds: settings.rounds, onMeasure },
  );
  const rates = (at: number) => subjects[at]?.results.map(({ perSecond }) => perSecond) ?? [];
  return subjects.map(({ results }, at) => ({
    name: contenders[at]?.name ?? '',
    ratio: medianRatio(rates(at), rates(0)),
    perSecond: median(rates(at)),
    p50Ms: median(results.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(results.map(({ p99Ms }) => p99Ms)),
    cpuMsPerCreate: median(results.map(({ cpuMsPerCreate }) => cpuMsPerCreate)),
  }));
}
