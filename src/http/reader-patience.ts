// How long a client may take for an answer. What an answer holds meanwhile, memory or a turn at the store, others wait for.

export type ReaderPatience = {
  /** Longest time in which a client may take nothing. */
  readonly idleMs: number;
  /** Slowest average rate, judged once waiting for the client has taken `idleMs` in all. */
  readonly minBytesPerSecond: number;
};

/** For every answer; see docs/limits.md. */
export const READER_PATIENCE: ReaderPatience = { idleMs: 60_000, minBytesPerSecond: 4_096 };

/** The longest that a timer of Node knows. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How long an answer of so many bytes may take in all. */
export function toLongestMs(sizeBytes: number, { idleMs, minBytesPerSecond }: ReaderPatience): number {
  return Math.min(idleMs + (sizeBytes / minBytesPerSecond) * 1000, MAX_TIMER_MS);
}

/** Looks after the clients that take bytes piece by piece. One timer for all: one for each wait would cost more than most waits. */
export type ReaderWatch = {
  /** Watches one client; `onTooSlow` is called once, when it has taken too few bytes for the time that it was waited for. */
  watch(onTooSlow: () => void): WatchedReader;
};

export type WatchedReader = {
  /** Now it is waited for, until it has taken so many bytes. They count as taken at once, for nobody sees a part of them go. */
  begin(sizeBytes: number): void;
  /** It has taken them. */
  end(): void;
  /** It is waited for no more. */
  leave(): void;
};

/** How often it looks within the idle time: who is too slow may go on for a quarter of that. */
const LOOKS = 4;

type Reader = { sinceMs: number | null; waitedMs: number; takenBytes: number; readonly onTooSlow: () => void };

/** A watch of nobody yet; it holds no process alive. Who takes nothing at all is cut off by silent-reader.ts. */
export function createReaderWatch({ idleMs, minBytesPerSecond }: ReaderPatience): ReaderWatch {
  const watched = new Set<Reader>();
  let timer: NodeJS.Timeout | null = null;

  function look(): void {
    const nowMs = performance.now();
    for (const reader of watched) {
      if (reader.sinceMs === null) continue;
      const waitedMs = reader.waitedMs + nowMs - reader.sinceMs;
      if (waitedMs <= idleMs || (reader.takenBytes / waitedMs) * 1000 >= minBytesPerSecond) continue;
      watched.delete(reader);
      reader.onTooSlow();
    }
  }

  return {
    watch(onTooSlow) {
      const reader: Reader = { sinceMs: null, waitedMs: 0, takenBytes: 0, onTooSlow };
      watched.add(reader);
      timer ??= setInterval(look, idleMs / LOOKS).unref();
      return {
        begin(sizeBytes) {
          reader.takenBytes += sizeBytes;
          reader.sinceMs = performance.now();
        },
        end() {
          if (reader.sinceMs !== null) reader.waitedMs += performance.now() - reader.sinceMs;
          reader.sinceMs = null;
        },
        leave() {
          watched.delete(reader);
          if (watched.size > 0 || timer === null) return;
          clearInterval(timer);
          timer = null;
        },
      };
    },
  };
}
