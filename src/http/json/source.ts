// Pulls a body's pieces one at a time, only when asked, and gives up waiting when aborted. It judges no byte.
import type { ByteStream, CallOptions } from '../../domain/flow/stream.ts';
import { type Cursor, toBuffer } from '../json-cursor.ts';

const EMPTY = Buffer.alloc(0);

export type JsonSource = {
  /** The piece at hand; empty before the first. */
  readonly cursor: Cursor;
  /** Pulls the next piece that holds anything into the cursor; false at the end. Throws what the source throws. */
  next(): Promise<boolean>;
  /** Ends the source when it has not ended by itself; a read that is still waiting is left behind. Never rejects. */
  close(): Promise<void>;
};

export function openJsonSource(stream: ByteStream, { signal }: CallOptions): JsonSource {
  const iterator = stream[Symbol.asyncIterator]();
  const cursor: Cursor = { chunk: EMPTY, at: 0, offset: 0 };
  let hasEnded = false;
  let isReading = false;
  let giveUp: (reason: unknown) => void = () => {};
  const onAbort = () => giveUp(signal.reason);
  signal.addEventListener('abort', onAbort);

  // Not Promise.race against one promise for the whole body: each race would leave a reaction on it.
  const read = () =>
    new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
      giveUp = reject;
      iterator.next().then(resolve, reject);
    });

  return {
    cursor,
    async next() {
      while (!hasEnded) {
        if (signal.aborted) throw signal.reason;
        isReading = true;
        const step = await read();
        isReading = false;
        cursor.offset += cursor.chunk.length;
        cursor.at = 0;
        hasEnded = step.done === true;
        cursor.chunk = toBuffer(step.done === true ? EMPTY : step.value);
        if (cursor.chunk.length > 0) return true;
      }
      return false;
    },
    async close() {
      signal.removeEventListener('abort', onAbort);
      if (hasEnded) return;
      hasEnded = true;
      const ending = Promise.resolve(iterator.return?.()).catch(() => {});
      // A generator ends only when the read it is busy with does, which may be never.
      if (!isReading) await ending;
    },
  };
}
