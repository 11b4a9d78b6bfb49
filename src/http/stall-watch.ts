// Who keeps somebody waiting for too long. One timer looks after all of them: a timer for each wait would cost more than
// most of the waits.

export type StallWatch = {
  /** Watches the waits of one sender; `onStall` is called once for a wait that takes too long. */
  watch(onStall: () => void): WatchedWaits;
};

export type WatchedWaits = {
  /** Now it waits. */
  begin(): void;
  /** Now it does not. */
  end(): void;
  /** It will wait no more. */
  leave(): void;
};

/** It looks so many times within the longest wait, so a wait may take a quarter longer. */
const LOOKS = 4;

type Waits = { sinceMs: number | null; readonly onStall: () => void };

/** A watch for waits of at most `maxMs`. It holds no process alive. */
export function createStallWatch(maxMs: number): StallWatch {
  const watched = new Set<Waits>();
  let timer: NodeJS.Timeout | null = null;

  function look(): void {
    const latestMs = performance.now() - maxMs;
    for (const waits of watched) {
      if (waits.sinceMs === null || waits.sinceMs > latestMs) continue;
      watched.delete(waits);
      waits.onStall();
    }
  }

  return {
    watch(onStall) {
      const waits: Waits = { sinceMs: null, onStall };
      watched.add(waits);
      timer ??= setInterval(look, maxMs / LOOKS).unref();
      return {
        begin: () => {
          waits.sinceMs = performance.now();
        },
        end: () => {
          waits.sinceMs = null;
        },
        leave: () => {
          watched.delete(waits);
          if (watched.size > 0 || timer === null) return;
          clearInterval(timer);
          timer = null;
        },
      };
    },
  };
}
