// What is on its way, kept where a reload does not reach, so that the same file goes on instead of beginning anew.

/** One upload that is not done. */
export type JournalEntry = {
  /** The gateway's upload, when there is one. */
  readonly uploadId?: string;
  /** Under which a create in one request is repeated. */
  readonly idempotencyKey?: string;
  /** Milliseconds since 1970; entries of which the gateway knows nothing any more may be dropped. */
  readonly savedAt: number;
};

/** Where entries are kept. A journal that cannot keep one must not fail the upload: it then just cannot be gone on with. */
export type Journal = {
  get(key: string): Promise<JournalEntry | null>;
  set(key: string, entry: JournalEntry): Promise<void>;
  delete(key: string): Promise<void>;
};

/** As long as the gateway keeps an upload that nobody goes on with, and an idempotency key (`UPLOAD_TTL`, `IDEMPOTENCY_TTL`). */
export const ENTRY_TTL_MS = 86_400_000;

/** Text as a journal keeps it; null for anything that is no entry or too old. */
export function parseEntry(text: string | null): JournalEntry | null {
  try {
    const entry: JournalEntry | null = JSON.parse(text ?? 'null');
    return entry !== null && entry.savedAt > Date.now() - ENTRY_TTL_MS ? entry : null;
  } catch {
    return null;
  }
}

/** The part of `Storage` that is used. */
export type KeyedTexts = {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
  removeItem(key: string): void;
};

const PREFIX = 'resource-gateway:';

/** A journal in `localStorage`, or in another storage of its kind. What has grown too old is removed at once. */
export function storageJournal(storage: KeyedTexts): Journal {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '');
  for (const key of keys) {
    if (key.startsWith(PREFIX) && parseEntry(storage.getItem(key)) === null) storage.removeItem(key);
  }
  return {
    get: async (key) => parseEntry(storage.getItem(PREFIX + key)),
    async set(key, entry) {
      try {
        storage.setItem(PREFIX + key, JSON.stringify(entry));
      } catch {
        // The storage is full, or the browser forbids it.
      }
    },
    delete: async (key) => storage.removeItem(PREFIX + key),
  };
}

/** The browser's own; null where there is none or it may not be used. */
export function browserJournal(): Journal | null {
  try {
    const { document, localStorage } = globalThis as { document?: unknown; localStorage?: KeyedTexts };
    return document === undefined || localStorage === undefined ? null : storageJournal(localStorage);
  } catch {
    return null;
  }
}
