// Buffers of one size, used again: fresh ones of this size lie outside the heap and make the garbage collector run for
// them alone. It refuses to keep more than it was told.
import { Buffer } from 'node:buffer';

export type BufferPool = {
  take(): Buffer;
  /** Gives a buffer back, or a view of one, once nobody reads it any more; one of another size is let go. */
  give(buffer: Buffer): void;
};

export type BufferPoolOptions = {
  readonly bytes: number;
  readonly maxSpare: number;
  /** Makes a buffer that is all of its memory. */
  readonly allocate?: (bytes: number) => Buffer;
};

export function createBufferPool({
  bytes,
  maxSpare,
  allocate = Buffer.allocUnsafeSlow,
}: BufferPoolOptions): BufferPool {
  const spare: Buffer[] = [];
  return {
    take: () => spare.pop() ?? allocate(bytes),
    give({ buffer }) {
      if (buffer.byteLength === bytes && spare.length < maxSpare) spare.push(Buffer.from(buffer, 0, bytes));
    },
  };
}
