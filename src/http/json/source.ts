// A JSON body's pieces as the readers of it take turns on them.
import { openPull } from '../../domain/flow/pull.ts';
import type { ByteStream, CallOptions } from '../../domain/flow/stream.ts';

const EMPTY = Buffer.alloc(0);

/** Where reading a body has come to, in the piece at hand; several readers take turns on it. */
export type Cursor = { chunk: Buffer; at: number };

export type JsonSource = ReturnType<typeof openJsonSource>;

/** Whoever opens it closes it. */
export function openJsonSource(stream: ByteStream, options: CallOptions) {
  const pull = openPull(stream, options);
  const cursor: Cursor = { chunk: EMPTY, at: 0 };
  return {
    cursor,
    /** Pulls the next piece that holds anything into the cursor; false at the end. Throws what the source throws. */
    async next(): Promise<boolean> {
      let piece = await pull.next();
      while (piece?.length === 0) piece = await pull.next();
      cursor.at = 0;
      cursor.chunk = piece === null ? EMPTY : toBuffer(piece);
      return piece !== null;
    },
    close: pull.close,
  };
}

/** The same bytes as a Buffer, whose searches are native; nothing is copied. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
