// Empties a byte stream into a sink, one piece after the other. It refuses to wait for a source once it is aborted.
import type { ByteStream, CallOptions } from '../domain/flow/stream.ts';

/** Takes one piece; a promise holds the source back until it is settled. The piece may be reused afterwards. */
export type Sink = (piece: Uint8Array) => Promise<void> | undefined;

/**
 * Feeds every piece of `bytes` to `sink`.
 * @throws what the source throws and what the sink throws, unchanged; the signal's reason at once when it is aborted.
 *   The source is told to end in every case, but its ending is not waited for: one that hangs must not hold us.
 */
export async function drain(bytes: ByteStream, options: CallOptions & { readonly sink: Sink }): Promise<void> {
  const { signal, sink } = options;
  const source = bytes[Symbol.asyncIterator]();
  let finished = false;
  // One listener for the whole stream: racing each piece against one abort promise would gather its reactions.
  let rejectNext: ((reason: unknown) => void) | undefined;
  const onAbort = (): void => rejectNext?.(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        rejectNext = reject;
        source.next().then(resolve, (thrown: unknown) => {
          finished = true;
          reject(thrown);
        });
      });
      if (next.done) {
        finished = true;
        return;
      }
      const held = sink(next.value);
      if (held !== undefined) await held;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!finished) source.return?.()?.catch(() => undefined);
  }
}
