// What the store has confirmed a moment ago: a known blob is believed only while the store says that it is there.

import type { BlobLocation, BlobStore } from '../content/blob-store.ts';
import type { CallOptions } from '../flow/stream.ts';

/** The blobs of one store that are known to be there, bounded in time and in number. */
export type ConfirmedBlobs = {
  /**
   * Whether the bytes can be read from the store, which is asked unless it said so a moment ago. A blob in another
   * bucket than the open one cannot. Rejects when the store does not answer.
   */
  confirm(
    blob: { accountId: string; location: BlobLocation; sizeBytes: number },
    options: CallOptions,
  ): Promise<boolean>;
  /** The store has taken the bytes just now. */
  remember(location: BlobLocation): void;
};

export type ConfirmedBlobsOptions = {
  readonly blobs: Pick<BlobStore, 'bucket' | 'has'>;
  /** How long a confirmation is believed. */
  readonly trustMs: number;
  /** The oldest confirmation goes first. */
  readonly maxRemembered: number;
  /** In milliseconds, from any beginning. */
  readonly now: () => number;
};

/** Creates the memory; nothing is confirmed yet. Keys are never used again, so that one stands for one content. */
export function createConfirmedBlobs({ blobs, trustMs, maxRemembered, now }: ConfirmedBlobsOptions): ConfirmedBlobs {
  /** When each was confirmed, oldest first. */
  const confirmedMs = new Map<string, number>();

  const remember = ({ bucket, key }: BlobLocation, askedMs: number) => {
    if (bucket !== blobs.bucket) return;
    confirmedMs.delete(key);
    confirmedMs.set(key, askedMs);
    if (confirmedMs.size <= maxRemembered) return;
    const [oldest] = confirmedMs.keys();
    if (oldest !== undefined) confirmedMs.delete(oldest);
  };

  return {
    async confirm({ accountId, location, sizeBytes }, { signal }) {
      const { bucket, key } = location;
      if (bucket !== blobs.bucket) return false;
      const askedMs = now();
      const knownMs = confirmedMs.get(key);
      if (knownMs !== undefined && askedMs - knownMs < trustMs) return true;
      const isThere = await blobs.has(key, { accountId, sizeBytes, signal });
      if (isThere) remember(location, askedMs);
      else confirmedMs.delete(key);
      return isThere;
    },
    remember: (location) => remember(location, now()),
  };
}
