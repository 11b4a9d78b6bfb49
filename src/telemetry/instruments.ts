// Makes the instruments of one process, in its registry.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const DURATION_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

type Named = { readonly name: string; readonly help: string };
/** Of several processes the one that is worst off counts, or all see the same; else their numbers are added up. */
type Watched = Named & { readonly aggregator?: 'max' };

export function createInstruments(registry: Registry) {
  const registers = [registry];
  return {
    counter: <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
      new Counter({ name, help, labelNames, registers }),
    /** Of seconds. */
    durations: <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
      new Histogram({ name, help, labelNames, buckets: DURATION_BUCKETS_S, registers }),
    /** Asks `read` whenever the number is wanted; what does not come in time is left out. */
    watch(about: Watched, read: () => number | Promise<number>): void {
      new Gauge({
        ...about,
        registers,
        async collect() {
          try {
            this.set(await read());
          } catch {
            this.remove();
          }
        },
      });
    },
    /** The same of several numbers, by the values of a label. */
    watchEach({ label, ...about }: Named & { readonly label: string }, read: () => object): void {
      new Gauge({
        ...about,
        labelNames: [label],
        registers,
        collect() {
          for (const [value, count] of Object.entries<number>(read() as { [value: string]: number }))
            this.set({ [label]: value }, count);
        },
      });
    },
  };
}
