// What a gateway tells of its requests: its metrics, read as numbers.
import type { Gateway } from '../gateway.ts';

/** Every sample by its name and labels, as Prometheus' text has them. */
export async function readMetrics({ url }: Pick<Gateway, 'url'>): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = [...text.matchAll(/^([a-z_]+(?:\{[^\n]*\})?) (\S+)$/gm)];
  return new Map(samples.map(([, name, value]) => [name as string, Number(value)]));
}

/** How often requests of an operation came to a code. */
export async function countOperations(
  gateway: Pick<Gateway, 'url'>,
  { operation, transport, code }: { operation: string; transport: string; code: string },
): Promise<number> {
  const samples = await readMetrics(gateway);
  const labels = `operation="${operation}",transport="${transport}",code="${code}"`;
  return samples.get(`gateway_operations_total{${labels}}`) ?? 0;
}
