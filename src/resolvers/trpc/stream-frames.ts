// Heartbeats between what tRPC sends as server-sent events: they carry the cursor, which a browser's EventSource comes again
// with, since tRPC itself can only give an id to data; and pings, which its client listens to. tRPC's own pings ask a stream
// for the next value before the last is taken: a stream that fails while its reader is slow, as each does when its lease ends,
// failed where nobody listened, which ends the process.

export type StreamFrames = {
  /** To be called whenever the cursor is known and there is no event to tell it by. */
  tellCursor(cursor: string): void;
  /** The body with the heartbeats where an event of it has ended. */
  merge(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array | string>;
};

const LINE_FEED = 10;
/** tRPC's client counts anything as a sign of life. */
const PING = 'event: ping\ndata: \n\n';
const PING_MS = 10_000;

/** Of one answer. @param pingMs so long after the last piece its client is pinged */
export function createStreamFrames({ pingMs } = { pingMs: PING_MS }): StreamFrames {
  let frame: string | null = null;
  let notify: (() => void) | null = null;

  /** Until something is to be told, or nothing was for a while. */
  const wait = (timeout: NodeJS.Timeout) => {
    timeout.refresh();
    return new Promise<null>((resolve) => {
      notify = () => resolve(null);
    });
  };

  return {
    tellCursor(cursor) {
      // Clients of tRPC do not listen to it.
      frame = `event: heartbeat\ndata: \nid: ${cursor}\n\n`;
      notify?.();
    },
    async *merge(body) {
      const chunks = body[Symbol.asyncIterator]();
      // Its failure is heard when it is waited for; until then our reader may be slow.
      const pull = () => {
        const step = chunks.next();
        step.catch(() => {});
        return step;
      };
      let next = pull();
      let isBetween = true;
      let isSilent = false;
      const timeout = setTimeout(() => {
        isSilent = true;
        notify?.();
      }, pingMs);
      try {
        while (true) {
          if (frame !== null && isBetween) {
            const due: string = frame;
            frame = null;
            yield due;
          }
          if (isSilent && isBetween) yield PING;
          isSilent = false;
          const chunk = await Promise.race([next, wait(timeout)]);
          if (chunk === null) continue;
          if (chunk.done === true) return;
          isBetween = endsEvent(chunk.value);
          next = pull();
          yield chunk.value;
        }
      } finally {
        clearTimeout(timeout);
        await chunks.return?.();
      }
    },
  };
}

function endsEvent(chunk: Uint8Array): boolean {
  return chunk.at(-1) === LINE_FEED && chunk.at(-2) === LINE_FEED;
}
