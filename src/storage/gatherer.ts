// Gathers pieces of any size into pieces of one size. It holds one of them at most.
import { Buffer } from 'node:buffer';

const FIRST_BUFFER_BYTES = 16 * 1024;

/** A buffer being filled. It copies, because a source may reuse its pieces and a view can pin a far larger buffer. */
export type Gatherer = {
  /** Copies what fits and gives how many bytes that were. */
  fill(piece: Uint8Array, offset: number): number;
  isFull(): boolean;
  gatheredBytes(): number;
  /** The bytes gathered so far, which the caller now owns; the gatherer starts anew. */
  take(): Buffer;
};

export type GathererOptions = {
  readonly maxBytes: number;
  /** Gives a buffer of `maxBytes`, new or used before. */
  readonly takeBuffer: () => Buffer;
  /** How far a first buffer grows before `takeBuffer` is asked; a quarter of `maxBytes` when absent. */
  readonly growBytes?: number;
};

/** Creates a gatherer whose buffer grows with its content, so that a thousand small contents cost little memory. */
export function createGatherer({ maxBytes, takeBuffer, growBytes = maxBytes / 4 }: GathererOptions): Gatherer {
  let buffer: Buffer = Buffer.alloc(0);
  let usedBytes = 0;
  let isFirst = true;

  const grow = (neededBytes: number): void => {
    const sizeBytes = Math.max(FIRST_BUFFER_BYTES, 2 ** Math.ceil(Math.log2(neededBytes)));
    // Above a quarter of the maximum, or after a full piece, take a full-size buffer: growing would copy more than it saves.
    const larger = sizeBytes > growBytes || !isFirst ? takeBuffer() : Buffer.allocUnsafeSlow(sizeBytes);
    buffer.copy(larger, 0, 0, usedBytes);
    buffer = larger;
  };

  return {
    fill(piece, offset) {
      const bytes = Math.min(piece.byteLength - offset, maxBytes - usedBytes);
      if (usedBytes + bytes > buffer.byteLength) grow(usedBytes + bytes);
      buffer.set(piece.subarray(offset, offset + bytes), usedBytes);
      usedBytes += bytes;
      return bytes;
    },
    isFull: () => usedBytes === maxBytes,
    gatheredBytes: () => usedBytes,
    take() {
      const taken = buffer.subarray(0, usedBytes);
      isFirst = false;
      buffer = Buffer.alloc(0);
      usedBytes = 0;
      return taken;
    },
  };
}
