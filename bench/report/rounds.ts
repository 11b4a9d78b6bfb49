// Measures several things in alternating order, so that a machine that slows down slows all of them.

export type Subject<Result> = { readonly name: string; measure(): Promise<Result> };

export type Rounds<Result> = {
  readonly subjects: readonly { readonly name: string; readonly results: readonly Result[] }[];
};

export type RoundsOptions = {
  readonly rounds: number;
  /** Told before each measure. */
  onMeasure(what: string): void;
};

/** Every other round goes backwards. */
export async function runRounds<Result>(
  subjects: readonly Subject<Result>[],
  { rounds, onMeasure }: RoundsOptions,
): Promise<Rounds<Result>> {
  const results = subjects.map((): Result[] => []);
  for (let round = 0; round < rounds; round += 1) {
    const order = subjects.map((_, at) => (round % 2 === 0 ? at : subjects.length - 1 - at));
    for (const at of order) {
      const { name, measure } = subjects[at] as Subject<Result>;
      onMeasure(`${name}, round ${round + 1} of ${rounds}`);
      results[at]?.push(await measure());
    }
  }
  return { subjects: subjects.map(({ name }, at) => ({ name, results: results[at] ?? [] })) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The median over the rounds of what one subject was to another in the same round. */
export function medianRatio(values: readonly number[], base: readonly number[]): number {
  return median(values.map((value, round) => value / (base[round] ?? Number.NaN)));
}
