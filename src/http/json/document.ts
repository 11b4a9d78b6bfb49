// The bounded buffer for everything in a body that is not content; it refuses to grow beyond what its limits add up to.

import { GatewayError } from '../../domain/errors.ts';
import { createBufferPool } from '../../domain/flow/buffer-pool.ts';

const FIRST_BYTES = 16_384;
/**
 * What a document that outgrows its first buffer gets at once: growing by halves would copy it several times, and buffers
 * of this size, made anew for each body, make the garbage collector run for them alone.
 */
const LARGE_BYTES = 2.25 * 1024 * 1024;
const buffers = createBufferPool({ bytes: LARGE_BYTES, maxSpare: 8 });
/** Below this a loop beats the call of a native copy, and most strings and gaps between them are below. */
const COPY_BYTES = 48;

export type JsonDocument = {
  /** How many bytes are held. */
  length(): number;
  /** Appends a part of `bytes` without counting: for what may yet prove to be content. Call `requireRoom` once it is known not to be. */
  append(bytes: Buffer, range: { readonly from: number; readonly to: number }): void;
  /** Removes everything from `start` on and gives it, lent until the next `append`. */
  cut(start: number): Buffer;
  /** Exempts `bytes` of what is held from the count. */
  exempt(bytes: number): void;
  /** @throws GatewayError `fields_too_large` when what is held and counted, and `more` bytes, exceed the limit */
  requireRoom(more: number): void;
  /** Frees what it holds. Nothing of it may be used any more. */
  close(): void;
  /** What is held from `start` to `end`, decoded. Lone bytes of a longer character come out as one character each. */
  text(start: number, end: number): string;
};

/** @param maxBytes how much may be held that is not exempt */
export function createJsonDocument(maxBytes: number): JsonDocument {
  let held: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  let length = 0;
  let exempted = 0;
  return {
    length: () => length,
    append(bytes, { from, to }) {
      const end = length + to - from;
      if (end > held.length) {
        const larger = end > LARGE_BYTES ? Buffer.allocUnsafeSlow(end * 2) : buffers.take();
        larger.set(held.subarray(0, length));
        buffers.give(held);
        held = larger;
      }
      if (to - from > COPY_BYTES) bytes.copy(held, length, from, to);
      else for (let at = from; at < to; at += 1) held[length + at - from] = bytes[at] as number;
      length = end;
    },
    cut(start) {
      const removed = held.subarray(start, length);
      length = start;
      return removed;
    },
    exempt(bytes) {
      exempted += bytes;
    },
    requireRoom(more) {
      if (length - exempted + more > maxBytes) throw new GatewayError('fields_too_large', { maxBytes });
    },
    close() {
      buffers.give(held);
      held = Buffer.alloc(0);
      length = 0;
    },
    text: (start, end) => held.toString('utf8', start, end),
  };
}
