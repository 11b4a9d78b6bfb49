// Reads a byte stream a piece at a time, only when asked, and gives up waiting when aborted. It judges no byte.
import type { ByteStream, CallOptions } from './stream.ts';

export type Pull = {
  /**
   * The next piece, or null at the end.
   * @throws what the stream throws, unchanged; the signal's reason at once when it is aborted
   */
  next(): Promise<Uint8Array | null>;
  /**
   * Tells the stream to end when it has not ended by itself. Resolves when it has, or at once while a read still waits:
   * a generator ends only when the read it is busy with does, which may be never. Never rejects.
   */
  close(): Promise<void>;
};

/** Whoever opens it closes it. */
export function openPull(stream: ByteStream, { signal }: CallOptions): Pull {
  const iterator = stream[Symbol.asyncIterator]();
  let hasEnded = false;
  let isReading = false;
  let giveUp: (reason: unknown) => void = () => {};
  const onAbort = () => giveUp(signal.reason);
  signal.addEventListener('abort', onAbort);

  // One listener for the whole stream: racing each piece against one abort promise would gather its reactions.
  const read = () =>
    new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
      giveUp = reject;
      iterator.next().then(resolve, (thrown: unknown) => {
        hasEnded = true;
        reject(thrown);
      });
    });

  return {
    async next() {
      if (hasEnded) return null;
      signal.throwIfAborted();
      isReading = true;
      const step = await read();
      isReading = false;
      if (step.done !== true) return step.value;
      hasEnded = true;
      return null;
    },
    async close() {
      signal.removeEventListener('abort', onAbort);
      if (hasEnded) return;
      hasEnded = true;
      const ending = Promise.resolve(iterator.return?.()).catch(() => {});
      if (!isReading) await ending;
    },
  };
}
