// Contents of the store that were hashed a while ago and found intact. While the store says that nothing has touched them
// since, they are not hashed again; and those that are asked for often are kept in memory.

export type ProvedContents = {
  /** What is known of the bytes under `key`, which have this stamp now; null when they have to be hashed. */
  find(key: string, stamp: string): ProvedContent | null;
  /** The bytes that had this stamp before they were read were hashed, and are what was stored. */
  prove(key: string, stamp: string): void;
  state(): KeptState;
};

/** How many bytes are in memory, and how often any were lent. */
export type KeptState = { readonly keptBytes: number; readonly hits: number };

export type ProvedContent = {
  /** All of its bytes, when they are in memory. Whoever borrows them gives them back, and never writes into them. */
  borrow(): LentBytes | null;
  /**
   * Memory for all of its bytes, when there is room or something in it was last asked for longer ago than this one was the
   * time before. Exactly one of `keep` and `giveUp` ends it.
   */
  reserve(sizeBytes: number): ReservedBytes | null;
};

export type LentBytes = {
  readonly bytes: Uint8Array;
  /** Harmless when repeated. */
  giveBack(): void;
};

export type ReservedBytes = {
  readonly buffer: Uint8Array;
  /** It holds the bytes now, which were hashed once more. */
  keep(): void;
  /** Harmless after `keep` and when repeated. */
  giveUp(): void;
};

export type ProvedContentsOptions = {
  /** How long a proof is believed. */
  readonly trustMs: number;
  /** What was asked for longest ago goes first. */
  readonly maxRemembered: number;
  /** Of the contents in memory together, also while they are being sent; 0: none is kept. */
  readonly maxKeptBytes: number;
  /** In milliseconds, from any beginning. */
  readonly now: () => number;
};

/** One content takes no more than this part of the memory. */
const MAX_PART = 1 / 16;

type Entry = {
  readonly key: string;
  readonly stamp: string;
  provedMs: number;
  /** Of all uses. */
  lastUse: number;
  /** Counted as long as they are lent, also when they are kept no more. */
  bytes: Uint8Array | null;
  lent: number;
  isReserved: boolean;
  isForgotten: boolean;
};

/** Creates the memory; nothing is proved yet. Keys are never used again, so that one stands for one content. */
export function createProvedContents(options: ProvedContentsOptions): ProvedContents {
  const { trustMs, maxRemembered, now } = options;
  const entries = new Map<string, Entry>();
  const kept = createKeptBytes(options.maxKeptBytes);
  let uses = 0;

  function forget(entry: Entry): void {
    entry.isForgotten = true;
    entries.delete(entry.key);
    kept.drop(entry);
  }

  return {
    find(key, stamp) {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      if (entry.stamp !== stamp || now() - entry.provedMs >= trustMs) {
        forget(entry);
        return null;
      }
      const { lastUse } = entry;
      uses += 1;
      entry.lastUse = uses;
      moveToEnd(entries, entry);
      return {
        borrow: () => kept.borrow(entry),
        reserve: (sizeBytes) => kept.reserve(entry, { sizeBytes, lastUse }),
      };
    },
    prove(key, stamp) {
      const known = entries.get(key);
      if (known?.stamp === stamp) {
        known.provedMs = now();
        return;
      }
      if (known !== undefined) forget(known);
      uses += 1;
      const unused = { bytes: null, lent: 0, isReserved: false, isForgotten: false };
      entries.set(key, { key, stamp, provedMs: now(), lastUse: uses, ...unused });
      if (entries.size <= maxRemembered) return;
      const [oldest] = entries.values();
      if (oldest !== undefined) forget(oldest);
    },
    state: kept.state,
  };
}

/** In the order of their last use, the oldest first. */
function moveToEnd(map: Map<string, Entry>, entry: Entry): void {
  map.delete(entry.key);
  map.set(entry.key, entry);
}

/** The contents that are in memory. */
function createKeptBytes(maxBytes: number) {
  const kept = new Map<string, Entry>();
  let usedBytes = 0;
  let hits = 0;

  function drop(entry: Entry): void {
    if (kept.get(entry.key) === entry) kept.delete(entry.key);
    if (entry.bytes === null || entry.lent > 0) return;
    usedBytes -= entry.bytes.length;
    entry.bytes = null;
  }

  /** Lets go of what was last asked for before `lastUse`, until there is room. */
  function makeRoom(sizeBytes: number, lastUse: number): boolean {
    for (const entry of kept.values()) {
      if (usedBytes + sizeBytes <= maxBytes || entry.lastUse >= lastUse) break;
      if (entry.lent === 0) drop(entry);
    }
    return usedBytes + sizeBytes <= maxBytes;
  }

  function borrow(entry: Entry): LentBytes | null {
    const { bytes } = entry;
    if (bytes === null) return null;
    moveToEnd(kept, entry);
    hits += 1;
    entry.lent += 1;
    let isLent = true;
    return {
      bytes,
      giveBack() {
        if (!isLent) return;
        isLent = false;
        entry.lent -= 1;
        if (kept.get(entry.key) !== entry) drop(entry);
      },
    };
  }

  function reserve(entry: Entry, { sizeBytes, lastUse }: { sizeBytes: number; lastUse: number }): ReservedBytes | null {
    if (sizeBytes > maxBytes * MAX_PART || entry.bytes !== null || entry.isReserved) return null;
    if (!makeRoom(sizeBytes, lastUse)) return null;
    const buffer = Buffer.allocUnsafeSlow(sizeBytes);
    usedBytes += sizeBytes;
    entry.isReserved = true;
    return {
      buffer,
      keep() {
        if (!entry.isReserved) return;
        entry.isReserved = false;
        entry.bytes = buffer;
        if (entry.isForgotten) drop(entry);
        else kept.set(entry.key, entry);
      },
      giveUp() {
        if (!entry.isReserved) return;
        entry.isReserved = false;
        usedBytes -= sizeBytes;
      },
    };
  }

  return { drop, borrow, reserve, state: () => ({ keptBytes: usedBytes, hits }) };
}
