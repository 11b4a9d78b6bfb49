// How bytes and work move between the domain and the world.

/**
 * Bytes in pieces of any size. A piece is lent: it stays as it is until the next one is asked for, so whoever needs it
 * longer copies it. Whoever iterates ends it: leaving the loop early closes the source.
 */
export type ByteStream = AsyncIterable<Uint8Array>;

/** A stream that is one piece, for whoever can make use of that: it is lent to nobody else, ever, and needs no end. */
export class WholeBytes implements ByteStream {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.bytes.length > 0) yield this.bytes;
  }
}

export type CallOptions = {
  /** Aborting it makes the call reject soon and undo what it began. */
  readonly signal: AbortSignal;
};

/** First and last byte, both included, counted from 0. */
export type ByteRange = { readonly start: number; readonly end: number };
