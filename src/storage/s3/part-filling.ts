// The bytes of one upload on their way into parts. It takes a part of the common memory only when it has more than a
// little, and holds one at a time: whoever waits for a part has none in hand that another waits for.
import type { Buffer } from 'node:buffer';
import { createGatherer } from '../gatherer.ts';
import { PART_BYTES, type Parts, SMALL_BYTES } from './parts.ts';

export type PartFilling = {
  /** Takes one piece; a promise holds the source back until it is settled. */
  fill(piece: Uint8Array): Promise<void> | undefined;
  /** What was gathered and not sent yet, and whether it lies in a part, which its new owner gives back. */
  take(): { readonly bytes: Buffer; readonly isPart: boolean };
};

export type PartFillingOptions = {
  readonly pool: Parts;
  readonly signal: AbortSignal;
  /** Called with each full part that is followed by more; it owns the part. */
  readonly send: (part: Buffer) => Promise<void>;
};

export function createPartFilling({ pool, signal, send }: PartFillingOptions): PartFilling {
  const gatherer = createGatherer({ maxBytes: PART_BYTES, takeBuffer: pool.takeBuffer, growBytes: SMALL_BYTES });
  let hasPart = false;
  let isFirst = true;

  const take = () => {
    const taken = { bytes: gatherer.take(), isPart: hasPart };
    hasPart = false;
    isFirst = false;
    return taken;
  };
  const fillParts = async (piece: Uint8Array, offset: number): Promise<void> => {
    for (let at = offset; at < piece.byteLength; at += gatherer.fill(piece, at)) {
      if (gatherer.isFull()) await send(take().bytes);
      if (hasPart) continue;
      await pool.reserve(signal);
      hasPart = true;
    }
  };
  const isSmall = (piece: Uint8Array) => isFirst && gatherer.gatheredBytes() + piece.byteLength <= SMALL_BYTES;

  return {
    fill(piece) {
      const filled = hasPart || isSmall(piece) ? gatherer.fill(piece, 0) : 0;
      return filled === piece.byteLength ? undefined : fillParts(piece, filled);
    },
    take,
  };
}
