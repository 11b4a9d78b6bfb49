// The life of a staged blob, the same in every store: its bytes are taken in, then committed or discarded, once.
import type { StagedBlob } from '../domain/content/blob-store.ts';
import { attempt } from './store-failure.ts';

export type Staging = {
  /** Takes the bytes in. */
  fill(): Promise<void>;
  /** Makes them durable and visible under their key. */
  publish(signal: AbortSignal): Promise<void>;
  /** What the log says when that fails. */
  readonly sentence: string;
  /** Frees what was taken in, once, when it will not be published or could not be. Never rejects. */
  free(): Promise<void>;
};

/** @throws what `fill` throws, having freed what was taken in */
export async function stageBlob({ fill, publish, sentence, free }: Staging): Promise<StagedBlob> {
  let ended = false;
  const discard = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    await free();
  };
  const orDiscard = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (thrown) {
      await discard();
      throw thrown;
    }
  };

  await orDiscard(fill());
  return {
    async commit({ signal }) {
      signal.throwIfAborted();
      if (ended) throw new Error('this blob was committed or discarded before');
      await orDiscard(attempt(publish(signal), { signal, sentence }));
      ended = true;
    },
    discard,
  };
}
