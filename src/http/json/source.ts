// Pulls a body's pieces one at a time, only when asked, and gives up waiting when aborted. It judges no byte.
import type { ByteStream, CallOptions } from '../../domain/flow/stream.ts';

const EMPTY = Buffer.alloc(0);

/** Where reading a body has come to, in the piece at hand; several readers take turns on it. */
export type Cursor = { chunk: Buffer; at: number };

export type JsonSource = ReturnType<typeof openJsonSource>;

/** Whoever opens it closes it. */
export function openJsonSource(stream: ByteStream, { signal }: CallOptions) {
  const iterator = stream[Symbol.asyncIterator]();
  const cursor: Cursor = { chunk: EMPTY, at: 0 };
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
    /** Pulls the next piece that holds anything into the cursor; false at the end. Throws what the source throws. */
    async next(): Promise<boolean> {
      while (!hasEnded) {
        if (signal.aborted) throw signal.reason;
        isReading = true;
        const step = await read();
        isReading = false;
        hasEnded = step.done === true;
        cursor.at = 0;
        cursor.chunk = step.done === true ? EMPTY : toBuffer(step.value);
        if (cursor.chunk.length > 0) return true;
      }
      return false;
    },
    /** Ends the source when it has not ended by itself; a read that is still waiting is left behind. Never rejects. */
    async close(): Promise<void> {
      signal.removeEventListener('abort', onAbort);
      if (hasEnded) return;
      hasEnded = true;
      const ending = Promise.resolve(iterator.return?.()).catch(() => {});
      // A generator ends only when the read it is busy with does, which may be never.
      if (!isReading) await ending;
    },
  };
}

/** The same bytes as a Buffer, whose searches are native; nothing is copied. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
