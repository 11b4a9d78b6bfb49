// Where reading a body has come to. Several readers take turns on one cursor; it reads nothing by itself.

export type Cursor = {
  /** The piece of the body at hand. */
  chunk: Buffer;
  /** The next byte of `chunk` to be read. */
  at: number;
  /** The offset of `chunk` in the body, in bytes. */
  offset: number;
};

/** The same bytes as a Buffer, whose searches are native; nothing is copied. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
