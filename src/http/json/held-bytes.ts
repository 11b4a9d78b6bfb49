// The bounded buffer for everything in a body that is not content; it grows to what its limits add up to, and no further.
import { GatewayError } from '../../domain/errors.ts';
import { createBufferPool } from '../../domain/flow/buffer-pool.ts';

const FIRST_BYTES = 16_384;
/** Taken at once by what outgrows the first: growing by halves copies, and fresh buffers keep the garbage collector busy. */
const LARGE_BYTES = 2.25 * 1024 * 1024;
const buffers = createBufferPool({ bytes: LARGE_BYTES, maxSpare: 8 });

/** @param maxBytes how much may be held that is not exempt: beyond, `append` and `exempt` throw `fields_too_large` */
export function createHeldBytes(maxBytes: number) {
  let held: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  let length = 0;
  let exempted = 0;

  function requireRoom(counted: number): void {
    if (counted - exempted > maxBytes) throw new GatewayError('fields_too_large', { maxBytes });
  }

  return {
    length: () => length,
    /** The last `undecided` bytes of all that is held then may prove to be content, and are not counted. */
    append(bytes: Buffer, undecided: number): void {
      const end = length + bytes.length;
      requireRoom(end - undecided);
      if (end > held.length) {
        const larger = end > LARGE_BYTES ? Buffer.allocUnsafeSlow(end * 2) : buffers.take();
        larger.set(held.subarray(0, length));
        buffers.give(held);
        held = larger;
      }
      held.set(bytes, length);
      length = end;
    },
    /** No longer counts `bytes` of what is held, and all others. */
    exempt(bytes: number): void {
      exempted += bytes;
      requireRoom(length);
    },
    /** What is held from `start` to `end`, borrowed until the next `append`. */
    view: (start: number, end: number) => held.subarray(start, end),
    /** Removes everything from `start` on and gives it, borrowed until the next `append`. */
    cut(start: number): Buffer {
      const removed = held.subarray(start, length);
      length = start;
      return removed;
    },
    /** Frees what it holds. Nothing of it may be used any more. */
    close(): void {
      buffers.give(held);
      held = Buffer.alloc(0);
    },
  };
}
