// The sha256 of contents that arrive in several requests, as far as this process has seen all their bytes. Node can save
// no hash's state, so what another process has taken in is read back at the end.
import { createHash, type Hash } from 'node:crypto';

export type LiveHash = { readonly offsetBytes: number; readonly hash: Hash };

export type LiveHashes = {
  /** Takes out what is known of an upload up to exactly `offsetBytes`; a fresh hash at 0; else null. */
  take(id: string, offsetBytes: number): Hash | null;
  /** Keeps a hash; the oldest goes when there are too many. */
  keep(id: string, live: LiveHash): void;
};

const MAX_KEPT = 1_000;

/** Nothing is known yet. */
export function createLiveHashes(maxKept = MAX_KEPT): LiveHashes {
  const kept = new Map<string, LiveHash>();
  return {
    take(id, offsetBytes) {
      const known = kept.get(id);
      kept.delete(id);
      if (known?.offsetBytes === offsetBytes) return known.hash;
      return offsetBytes === 0 ? createHash('sha256') : null;
    },
    keep(id, live) {
      kept.delete(id);
      kept.set(id, live);
      const [oldest] = kept.keys();
      if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
    },
  };
}
