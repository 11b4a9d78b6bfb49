// Heartbeats between what tRPC sends as server-sent events: they carry the cursor, which a browser's EventSource comes again
// with. tRPC itself can only give an id to data.

export type StreamFrames = {
  /** To be called whenever the cursor is known and there is no event to tell it by. */
  tellCursor(cursor: string): void;
  /** The body with the heartbeats where an event of it has ended. */
  merge(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array | string>;
};

const LINE_FEED = 10;

/** Of one answer. */
export function createStreamFrames(): StreamFrames {
  let frame: string | null = null;
  let notify: (() => void) | null = null;

  return {
    tellCursor(cursor) {
      // Clients of tRPC do not listen to it.
      frame = `event: heartbeat\ndata: \nid: ${cursor}\n\n`;
      notify?.();
    },
    async *merge(body) {
      const chunks = body[Symbol.asyncIterator]();
      let next = chunks.next();
      let isBetween = true;
      try {
        while (true) {
          if (frame !== null && isBetween) {
            const due: string = frame;
            frame = null;
            yield due;
          }
          const told = new Promise<null>((resolve) => {
            notify = () => resolve(null);
          });
          const chunk = await Promise.race([next, told]);
          if (chunk === null) continue;
          if (chunk.done === true) return;
          isBetween = endsEvent(chunk.value);
          next = chunks.next();
          yield chunk.value;
        }
      } finally {
        await chunks.return?.();
      }
    },
  };
}

function endsEvent(chunk: Uint8Array): boolean {
  return chunk.at(-1) === LINE_FEED && chunk.at(-2) === LINE_FEED;
}
