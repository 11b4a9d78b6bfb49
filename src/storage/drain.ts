// Empties a byte stream into a sink, one piece after the other. Once aborted it waits for the source no longer.
import { openPull } from '../domain/flow/pull.ts';
import type { ByteStream, CallOptions } from '../domain/flow/stream.ts';

/** Takes one piece; a promise holds the source back until it is settled. The piece may be reused afterwards. */
export type Sink = (piece: Uint8Array) => Promise<void> | undefined;

/**
 * Feeds every piece of `bytes` to `sink`.
 * @throws what the source throws and what the sink throws, unchanged; the signal's reason at once when it is aborted.
 *   The source is told to end in every case, but its ending is not waited for: one that hangs must not hold us.
 */
export async function drain(bytes: ByteStream, options: CallOptions & { readonly sink: Sink }): Promise<void> {
  const source = openPull(bytes, options);
  try {
    for (let piece = await source.next(); piece !== null; piece = await source.next()) {
      const held = options.sink(piece);
      if (held !== undefined) await held;
    }
  } finally {
    void source.close();
  }
}
