// The metrics of all serving processes as one text: a worker asks the leading process, which adds up what each one has.
import cluster from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';

type Question = { readonly kind: 'metrics-question'; readonly id: number };
type Answer = { readonly kind: 'metrics-answer'; readonly id: number; readonly text: string | null };

/** Longer than the leading process waits for the workers. */
const ANSWER_TIMEOUT_MS = 6_000;

const isOf = <Message extends { readonly kind: string }>(message: unknown, kind: Message['kind']): message is Message =>
  typeof message === 'object' && message !== null && 'kind' in message && message.kind === kind;

/** In the leading process: answers what its workers ask. */
export function answerMetrics(): void {
  const registry = new AggregatorRegistry();
  cluster.on('message', (worker, message: unknown) => {
    if (!isOf<Question>(message, 'metrics-question')) return;
    const answer = (text: string | null) => {
      if (worker.isConnected()) worker.send({ kind: 'metrics-answer', id: message.id, text } satisfies Answer);
    };
    registry.clusterMetrics().then(answer, () => answer(null));
  });
}

/** In a worker: lets the leading process read `registry`, and gives what all workers have together. */
export function createClusterMetrics(registry: Registry): () => Promise<string> {
  // Its construction is what makes this process answer the leading one.
  new AggregatorRegistry();
  AggregatorRegistry.setRegistries(registry);
  const waiting = new Map<number, (text: string | null) => void>();
  let lastId = 0;
  process.on('message', (message: unknown) => {
    if (isOf<Answer>(message, 'metrics-answer')) waiting.get(message.id)?.(message.text);
  });

  return async () => {
    lastId += 1;
    const id = lastId;
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const timer = setTimeout(resolve, ANSWER_TIMEOUT_MS, null);
    waiting.set(id, resolve);
    process.send?.({ kind: 'metrics-question', id } satisfies Question);
    const text = await promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(id);
    });
    // Half of the processes would look as if all counters had been reset.
    if (text === null) throw new Error('not every worker told its metrics in time');
    return text;
  };
}
